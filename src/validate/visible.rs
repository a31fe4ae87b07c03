//! Searches names and addresses for characters that are invisible or not allowed there.

use super::Rule;

/// A broken rule, and the character that breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The rule.
    pub rule: Rule,
    /// The character; `None` if no single one is wrong.
    pub character: Option<WrongCharacter>,
}

/// A character that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongCharacter {
    /// The character.
    pub character: char,
    /// Its index in UTF-16 code units, as in JavaScript.
    pub position: usize,
}

impl WrongCharacter {
    /// Returns the code point as Unicode writes it, e.g. `U+200B`.
    pub fn code_point(self) -> String {
        let mut text = "U+".to_owned();
        let code = u32::from(self.character);
        for shift in [20, 16, 12, 8, 4, 0] {
            if shift < 16 || code >> shift > 0 {
                text.extend(char::from_digit(code >> shift & 15, 16).map(|digit| digit.to_ascii_uppercase()));
            }
        }
        text
    }
}

impl From<Rule> for Flaw {
    fn from(rule: Rule) -> Self {
        Self { rule, character: None }
    }
}

impl Flaw {
    const fn at(rule: Rule, character: char, position: usize) -> Self {
        Self { rule, character: Some(WrongCharacter { character, position }) }
    }
}

/// Returns why the string is not a valid name or title: nothing in it is visible, or one character is hidden.
///
/// Joiners and variation selectors are accepted where they change how visible characters look: in Persian, in Indic scripts, in
/// Chinese characters and emoji, never between Latin letters. So are the tags of a flag, a joiner between Hebrew points, and the
/// blank between Braille patterns.
pub fn find_name_flaw(text: &str) -> Option<Flaw> {
    let mut is_visible = false;
    let mut position = 0;
    // The last character that is neither a variation selector nor a tag: a joiner after a selector joins this one.
    let mut before = ' ';
    let mut is_selected = false;
    let mut tags = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        let is_selector = is_variation_selector(character);
        let is_tag = is_flag_tag(character);
        let is_accepted = match character {
            '\u{180e}' | '\u{200c}' | '\u{200d}' => {
                (is_shaped(before) && (is_virama(before) || next.is_some_and(is_shaped)))
                    || (character != '\u{180e}' && is_joining_letter(before))
            }
            '\u{34f}' => is_hebrew_mark(before) && next.is_some_and(is_hebrew_mark),
            '\u{2800}' => is_braille(before) && next.is_some_and(is_braille),
            CANCEL_TAG => before == BLACK_FLAG && tags >= SHORTEST_REGION,
            _ if is_tag => {
                before == BLACK_FLAG
                    && tags < LONGEST_REGION
                    && next.is_some_and(|next| next == CANCEL_TAG || is_flag_tag(next))
            }
            _ if is_selector => !is_selected && (is_shaped(before) || is_emoji_variant(before, character)),
            _ => !is_hidden(character),
        };
        if !is_accepted {
            return Some(Flaw::at(Rule::HiddenCharacter, character, position));
        }
        is_visible = is_visible || !(is_blank(character) || is_mark(character) || is_private_use(character));
        is_selected = is_selector;
        tags = if is_tag { tags + 1 } else { 0 };
        if !is_selector && !is_tag {
            before = character;
        }
        position += character.len_utf16();
    }
    let first = text.chars().next();
    (!is_visible).then(|| first.map_or(Rule::NotBlank.into(), |first| Flaw::at(Rule::NotBlank, first, 0)))
}

/// Returns why the string is not a valid e-mail address. It must be bare: no name, brackets, scheme, list or quotes around it, no
/// escapes of URLs, and no white space. Quoted local parts and address literals (RFC 5321) are refused with that; the mail server
/// decides the rest. A local part may have dots in a row or at its end, as some Japanese providers assigned them.
pub fn find_email_flaw(text: &str) -> Option<Flaw> {
    let mut in_domain = false;
    let mut previous = '@';
    let mut position = 0;
    for (at, character) in text.char_indices() {
        let rest = text.as_bytes().get(at + 1..).unwrap_or_default();
        // Of the local part, or of a label of the domain.
        let is_first = previous == '@' || (in_domain && previous == '.');
        let is_accepted = match character {
            '@' => !in_domain && position > 0,
            '.' => !(is_first || (in_domain && previous == '-')),
            '-' => !(in_domain && (is_first || rest.is_empty())),
            '\'' | '`' => !in_domain && !is_first && rest.first() != Some(&b'@'),
            '%' => !in_domain && !rest.get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
            '"' | '(' | ')' | ',' | ':' | ';' | '<' | '>' | '[' | '\\' | ']' => false,
            _ if character.is_ascii() => {
                !character.is_ascii_whitespace()
                    && (!in_domain || character.is_ascii_alphanumeric() || character == '_')
            }
            // Catalan host names have it between two letters.
            '\u{b7}' => in_domain,
            _ => {
                !(is_blank(character)
                    || is_foreign_punctuation(character)
                    || is_private_use(character)
                    || (is_first && is_mark(character)))
            }
        };
        // A joiner in a host name (RFC 5892, appendix A).
        let is_joiner = in_domain
            && matches!(character, '\u{200c}' | '\u{200d}')
            && (is_virama(previous) || (character == '\u{200c}' && is_joining_letter(previous)))
            && text.get(at..).unwrap_or_default().chars().nth(1).is_some_and(is_shaped);
        if is_hidden(character) && !is_joiner {
            return Some(Flaw::at(Rule::HiddenCharacter, character, position));
        }
        if !is_accepted && !is_joiner {
            return Some(Flaw::at(Rule::Email, character, position));
        }
        in_domain |= character == '@';
        previous = character;
        position += character.len_utf16();
    }
    match previous {
        '@' => Some(Rule::Email.into()),
        '.' => Some(Flaw::at(Rule::Email, previous, position - 1)),
        _ => (!in_domain || text.len() > MAX_EMAIL_BYTES).then(|| Rule::Email.into()),
    }
}

/// The longest address (RFC 5321): a path has at most 256 bytes, of which two are its brackets.
const MAX_EMAIL_BYTES: usize = 254;

/// Whether the character is a control character or invisible by default: `Default_Ignorable_Code_Point` of Unicode, line and
/// paragraph separators, interlinear annotations, noncharacters, and others that have no glyph.
const fn is_hidden(character: char) -> bool {
    // The last two code points of every plane are noncharacters.
    let is_last_in_plane = character as u32 & 0xfffe == 0xfffe;
    is_last_in_plane
        || matches!(
            character,
            '\0'..='\u{1f}'
                | '\u{7f}'..='\u{9f}'
                | '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fdd0}'..='\u{fdef}'
                | '\u{fff0}'..='\u{fffc}'
                | '\u{16fe4}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d159}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Whether the character is white space, or the Braille pattern without dots.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{2800}'
}

const fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether the character has a meaning by private agreement only: fonts show it as a box, as another character or not at all.
const fn is_private_use(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

/// Whether the character is drawn on the one before it and is in a block of such marks.
const fn is_mark(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

const fn is_hebrew_mark(character: char) -> bool {
    matches!(character, '\u{591}'..='\u{5c7}')
}

const fn is_braille(character: char) -> bool {
    matches!(character, '\u{2801}'..='\u{28ff}')
}

/// Begins the flags of regions such as Scotland: letters and digits of the region follow as tags.
const BLACK_FLAG: char = '\u{1f3f4}';
/// Ends the tags of a flag.
const CANCEL_TAG: char = '\u{e007f}';
/// Letters and digits of a region: a country and one to three more for a part of it.
const SHORTEST_REGION: u32 = 3;
const LONGEST_REGION: u32 = 5;

/// Whether the character is the tag of a digit or of a lower-case letter.
const fn is_flag_tag(character: char) -> bool {
    matches!(character, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}')
}

/// Whether the letter of the Arabic or Syriac script joins the next one, so that a joiner changes how it looks, also at the end of
/// a word.
const fn is_joining_letter(character: char) -> bool {
    matches!(character, '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{6d3}' | '\u{710}'..='\u{72f}' | '\u{74d}'..='\u{77f}'
        | '\u{8a0}'..='\u{8c7}')
        && !matches!(character, '\u{621}'..='\u{625}' | '\u{627}' | '\u{629}' | '\u{62f}'..='\u{632}' | '\u{648}')
}

/// Whether joiners and variation selectors can change how the character looks: scripts from Arabic on, Chinese characters and
/// symbols, but neither Latin, Greek and Cyrillic letters nor punctuation.
fn is_shaped(character: char) -> bool {
    matches!(character, '\u{600}'..='\u{1cff}' | '\u{2190}'..='\u{2bff}' | '\u{2e80}'..='\u{a63f}' | '\u{a800}'..)
        && !is_blank(character)
        && !is_hidden(character)
}

/// Whether the selector says that the character is an emoji or is not one, e.g. after a copyright sign or the digit of a keycap.
const fn is_emoji_variant(character: char, selector: char) -> bool {
    matches!(selector, '\u{fe0e}' | '\u{fe0f}')
        && matches!(
            character,
            '#' | '*' | '0'..='9' | '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        )
}

/// Whether the character is a virama, which removes the vowel of an Indic letter. A joiner after it chooses the form of the letter, also
/// at the end of a word. The blocks from Devanagari to Malayalam have 128 code points each, and the virama at 0x4D; Sinhala has it
/// elsewhere.
const fn is_virama(character: char) -> bool {
    matches!(character, '\u{900}'..='\u{d7f}' if character as u32 & 0x7f == 0x4d) || character == '\u{dca}'
}

/// Whether the character is punctuation or a symbol that other scripts write around an address.
const fn is_foreign_punctuation(character: char) -> bool {
    matches!(
        character,
        '\u{a1}'..='\u{a9}' | '\u{ab}'..='\u{b4}' | '\u{b6}' | '\u{b8}' | '\u{bb}'..='\u{bf}' | '\u{55d}' | '\u{589}'
            | '\u{60c}' | '\u{61b}' | '\u{61f}' | '\u{6d4}' | '\u{964}' | '\u{965}' | '\u{2010}'..='\u{205e}'
            | '\u{2190}'..='\u{21ff}' | '\u{2768}'..='\u{2775}' | '\u{27e6}'..='\u{27ef}' | '\u{2983}'..='\u{2998}'
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{fe10}'..='\u{fe1f}'
            | '\u{fe30}'..='\u{fe6f}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}'
            | '\u{ff5b}'..='\u{ff65}'
    )
}
