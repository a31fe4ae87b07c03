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
/// U+200C, U+200D and variation selectors are accepted where they change how visible characters look: in Persian, in Indic
/// scripts, in Chinese characters and emoji, never between Latin letters.
pub fn find_name_flaw(text: &str) -> Option<Flaw> {
    let mut is_visible = false;
    let mut position = 0;
    // The last character that is not a variation selector: a joiner after a selector joins this one.
    let mut before = ' ';
    let mut is_selected = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_selector = is_variation_selector(character);
        let is_accepted = match character {
            '\u{180e}' | '\u{200c}' | '\u{200d}' => {
                is_shaped(before) && (is_virama(before) || characters.peek().copied().is_some_and(is_shaped))
            }
            _ if is_selector => !is_selected && (is_shaped(before) || is_emoji_variant(before, character)),
            _ => !is_hidden(character),
        };
        if !is_accepted {
            return Some(Flaw::at(Rule::HiddenCharacter, character, position));
        }
        is_visible = is_visible || !is_blank(character);
        is_selected = is_selector;
        if !is_selector {
            before = character;
        }
        position += character.len_utf16();
    }
    let first = text.chars().next();
    (!is_visible).then(|| first.map_or(Rule::NotBlank.into(), |first| Flaw::at(Rule::NotBlank, first, 0)))
}

/// Returns why the string is not a valid e-mail address. It must be bare: no name, brackets, scheme, list or quotes around it, and
/// no white space. Quoted local parts and address literals (RFC 5321) are refused with that; the mail server decides the rest.
pub fn find_email_flaw(text: &str) -> Option<Flaw> {
    let mut in_domain = false;
    let mut previous = '@';
    let mut position = 0;
    for character in text.chars() {
        let is_accepted = match character {
            '@' => !in_domain && position > 0,
            '.' => !in_domain || !matches!(previous, '@' | '.'),
            '"' | '(' | ')' | ',' | ':' | ';' | '<' | '>' | '[' | '\\' | ']' => false,
            _ if character.is_ascii() => {
                !character.is_ascii_whitespace()
                    && (!in_domain || character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
            }
            _ => !is_blank(character) && !is_foreign_punctuation(character),
        };
        if is_hidden(character) {
            return Some(Flaw::at(Rule::HiddenCharacter, character, position));
        }
        if !is_accepted {
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
/// paragraph separators, and interlinear annotations.
const fn is_hidden(character: char) -> bool {
    matches!(
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
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
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

/// Whether the character is a quotation mark, bracket or separator that other scripts write around an address.
const fn is_foreign_punctuation(character: char) -> bool {
    matches!(
        character,
        '\u{ab}' | '\u{bb}' | '\u{2010}'..='\u{205e}' | '\u{3001}'..='\u{3002}' | '\u{3008}'..='\u{3011}'
            | '\u{ff08}' | '\u{ff09}' | '\u{ff0c}' | '\u{ff0e}' | '\u{ff1a}' | '\u{ff1b}' | '\u{ff1c}' | '\u{ff1e}'
    )
}
