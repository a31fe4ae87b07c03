//! Unicode: strings in the form in which they are compared. In JavaScript its own tables serve; on the host, ICU4X's.

/// Unicode compatibility form NFKC: full-width letters become letters, a no-break space becomes a space.
pub(crate) fn nfkc(text: &str) -> String {
    if text.chars().all(is_stable) { text.to_owned() } else { tables::nfkc(text) }
}

/// Whether NFKC leaves the character as it is between others of this kind. Covers ASCII and the accented letters of most names
/// in Latin script, for which a call to JavaScript's `normalize` would be slower.
fn is_stable(character: char) -> bool {
    matches!(character,
        '\0'..='\u{7f}' | '\u{c0}'..='\u{131}' | '\u{134}'..='\u{13e}' | '\u{141}'..='\u{148}' | '\u{14a}'..='\u{17e}')
}

/// Returns the composed form NFC, the decomposed form NFD and the compatibility form NFKC of a string. Systems differ in which one
/// they store.
pub(crate) fn stored_forms(text: &str) -> [String; 3] {
    let form = |form: fn(&str) -> String| if text.is_ascii() { text.to_owned() } else { form(text) };
    [form(tables::nfc), form(tables::nfd), form(tables::nfkc)]
}

/// Lower case.
pub(crate) fn lower_case(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { tables::lower_case(text) }
}

/// NFKC in lower case with single spaces and none at the ends, for comparing names.
pub(crate) fn fold(text: &str) -> String {
    let lower = lower_case(&nfkc(text));
    let mut folded = String::with_capacity(lower.len());
    for word in lower.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

#[cfg(target_arch = "wasm32")]
mod tables {
    use js_sys::JsString;

    pub(super) fn nfkc(text: &str) -> String {
        JsString::from(text).normalize("NFKC").into()
    }

    pub(super) fn nfc(text: &str) -> String {
        JsString::from(text).normalize("NFC").into()
    }

    pub(super) fn nfd(text: &str) -> String {
        JsString::from(text).normalize("NFD").into()
    }

    pub(super) fn lower_case(text: &str) -> String {
        JsString::from(text).to_lower_case().into()
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod tables {
    use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

    pub(super) fn nfkc(text: &str) -> String {
        ComposingNormalizerBorrowed::new_nfkc().normalize(text).into_owned()
    }

    pub(super) fn nfc(text: &str) -> String {
        ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
    }

    pub(super) fn nfd(text: &str) -> String {
        DecomposingNormalizerBorrowed::new_nfd().normalize(text).into_owned()
    }

    pub(super) fn lower_case(text: &str) -> String {
        text.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalization_does_not_change_stable_characters() {
        let stable: String = ('\0'..=char::MAX).filter(|character| is_stable(*character)).collect();
        assert_eq!(tables::nfkc(&stable), stable);
    }

    #[test]
    fn folds_names_that_are_the_same() {
        for (name, folded) in [
            ("Zoë  Larsson ", "zoë larsson"),
            ("ZOE\u{308} LARSSON", "zoë larsson"),
            ("\u{3000}Ｚｏë\u{a0}Larsson\n", "zoë larsson"),
            ("Straße", "straße"),
            ("", ""),
            (" \t", ""),
        ] {
            assert_eq!(fold(name), folded, "{name:?}");
        }
        assert_ne!(fold("Zoe Larsson"), fold("Zoë Larsson"));
        assert_ne!(fold("Z\u{43e}e"), fold("Zoe"), "a Cyrillic letter is another letter");
    }
}
