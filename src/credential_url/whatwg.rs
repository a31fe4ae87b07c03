//! The grammar of links against the WHATWG parser, the one that browsers have: over two million mutated links, whatever is
//! accepted here is read as the same host, scheme, path and id there.

use super::*;
use crate::random::{Random, rounds};

const HOSTS: [&str; 2] = ["hyperstack.id", "credentials.acme-academy.example"];
const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
const UUID: &str = "f1baf2f3-2f4f-4874-93c3-e6d9d874aa39";

/// What look-alike links are made of: separators, what a parser drops, repairs or folds, what it decodes, dots of IDNA.
const SPICE: &[&str] = &[
    "\\",
    "/",
    ":",
    "@",
    "?",
    "#",
    "%",
    "[",
    "]",
    ".",
    " ",
    "\t",
    "\n",
    "\r",
    "\0",
    "\u{7f}",
    "\u{b}",
    "\u{c}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{200d}",
    "\u{202e}",
    "\u{2028}",
    "\u{feff}",
    "\u{3002}",
    "\u{ff0e}",
    "\u{ff61}",
    "\u{ff0f}",
    "\u{2044}",
    "\u{2215}",
    "\u{ff20}",
    "\u{fe6b}",
    "\u{ff1a}",
    "ｈ",
    "у",
    "ß",
    "ﬁ",
    "İ",
    "ı",
    "\u{212a}",
    "h",
    "H",
    "i",
    "I",
    "l",
    "1",
    "6",
    "8",
    "-",
    "_",
    "~",
    "!",
    "$",
    "&",
    "'",
    "(",
    ")",
    "*",
    "+",
    ",",
    ";",
    "=",
    "|",
    "^",
    "`",
    "{",
    "}",
    "<",
    ">",
    "\"",
    "//",
    "://",
    "..",
    "/../",
    "/./",
    "%2e",
    "%2f",
    "%5c",
    "%00",
    "%09",
    "%68",
    "%C2%AD",
    "xn--",
    ":443",
    ":80",
    ":0",
    "@evil.example",
    "https:",
    "http:",
    "javascript:",
    "blob:",
    "0x7f",
    "127.0.0.1",
    "[::1]",
    "evil.example",
    ".evil.example",
    "/credential/",
    "/Credential/",
    ID,
    UUID,
];

fn seeds() -> Vec<String> {
    let mut seeds =
        vec![format!("HTTPS://HyperStack.ID/credential/{UUID}"), format!(" https://{}/credential/{ID}\n", HOSTS[0])];
    for host in HOSTS {
        for id in [ID, UUID] {
            for tail in ["", "/", "?view=recipient", "/?utm_source=a&b=%20#x", "#top"] {
                seeds.push(format!("https://{host}/credential/{id}{tail}"));
            }
        }
    }
    seeds
}

fn mutate(random: &mut Random, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(3) {
        let at = random.below(letters.len() + 1);
        let end = (at + 1 + random.below(4)).min(letters.len());
        match random.below(7) {
            0 => drop(letters.splice(at..end.max(at), random.one_of(SPICE).chars())),
            1 | 2 => drop(letters.splice(at..at, random.one_of(SPICE).chars())),
            3 => drop(letters.splice(at..end.max(at), [])),
            // A piece of it somewhere else.
            4 => {
                let piece: Vec<char> = letters[at..end.max(at)].to_vec();
                let to = random.below(letters.len() + 1);
                drop(letters.splice(to..to, piece));
            }
            5 if at < letters.len() => {
                let flipped = if letters[at].is_ascii_lowercase() {
                    letters[at].to_ascii_uppercase()
                } else {
                    letters[at].to_ascii_lowercase()
                };
                letters[at] = flipped;
            }
            _ => {
                let random_char = char::from_u32(random.below(0x3000) as u32).unwrap_or(' ');
                letters.insert(at, random_char);
            }
        }
    }
    letters.into_iter().collect()
}

/// Gives whether it was accepted.
fn agree(text: &str, hosts: &[&'static str]) -> bool {
    let Ok(subject) = parse_url(text.trim_ascii(), hosts) else { return false };
    let oracle = url::Url::parse(text).unwrap_or_else(|fault| panic!("{text:?}: {fault}"));
    assert_eq!(oracle.scheme(), "https", "{text:?}");
    let host = oracle.host_str().unwrap_or_default();
    assert!(hosts.contains(&host), "{text:?} leads to {host}");
    assert_eq!((oracle.port(), oracle.username(), oracle.password()), (None, "", None), "{text:?}");
    let path = oracle.path();
    assert_eq!(path.strip_suffix('/').unwrap_or(path), format!("/credential/{}", subject.id), "{text:?}");
    let canonical = url::Url::parse(subject.canonical_url).unwrap();
    assert_eq!((canonical.host_str(), canonical.as_str()), (Some(host), subject.canonical_url), "{text:?}");
    assert!((canonical.query(), canonical.fragment()) == (None, None), "{text:?}");
    true
}

#[test]
fn what_is_accepted_the_whatwg_parser_reads_the_same_way() {
    let hosts = HOSTS;
    let seeds = seeds();
    let mut random = Random::new(0x0DD5_EED5);
    let (tried, mut accepted, mut changed) = (rounds(2_000_000), 0, 0);
    for _ in 0..tried {
        let seed = &seeds[random.below(seeds.len())];
        let text = mutate(&mut random, seed);
        if agree(&text, &hosts) {
            accepted += 1;
            changed += usize::from(text.trim_ascii() != seed.trim_ascii());
        }
    }
    assert!(
        accepted > tried / 100 && changed > tried / 200,
        "{accepted} accepted, {changed} changed: the oracle saw too little"
    );
}

#[test]
fn a_single_character_anywhere_is_read_the_same_way() {
    let hosts = HOSTS;
    let link = format!("https://{}/credential/{ID}", HOSTS[0]);
    let mut tried = 0;
    // Every ASCII character and every piece of spice at every place, put in and put in place of what is there.
    let ascii = (0..=0x7f_u8).map(|byte| char::from(byte).to_string());
    for piece in ascii.chain(SPICE.iter().map(|piece| (*piece).to_owned())) {
        for at in 0..=link.len() {
            for end in [at, at + 1] {
                let Some(rest) = link.get(end..) else { continue };
                agree(&[&link[..at], &piece, rest].concat(), &hosts);
                tried += 1;
            }
        }
    }
    assert!(tried > 30_000, "{tried} links");
}
