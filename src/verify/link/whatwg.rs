//! The grammar of links against the WHATWG parser that browsers have: of two million mutated links, each one that is accepted here is
//! read as the same host, scheme, path and id there.

use super::parse_link;
use crate::model::Host;
use crate::verify::tests::random::{Random, rounds};

const HOSTS: [&str; 2] = ["hyperstack.id", "credentials.acme-academy.example"];
const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
const UUID: &str = "f1baf2f3-2f4f-4874-93c3-e6d9d874aa39";

/// What look-alike links are made of: separators, what a parser drops, repairs, folds or decodes, dots of IDNA.
const PIECES: &[&str] = &[
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
            0 => drop(letters.splice(at..end.max(at), random.one_of(PIECES).chars())),
            1 | 2 => drop(letters.splice(at..at, random.one_of(PIECES).chars())),
            3 => drop(letters.splice(at..end.max(at), [])),
            // Copies a part of it.
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

fn hosts() -> Vec<Host> {
    HOSTS.iter().map(|host| Host::parse(*host).unwrap()).collect()
}

/// Checks that both parsers read an accepted link in the same way. Returns whether it is accepted.
fn is_accepted_by_both(text: &str, hosts: &[Host]) -> bool {
    let Ok(subject) = parse_link(text.trim_ascii(), hosts) else { return false };
    let oracle = url::Url::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!(oracle.scheme(), "https", "{text:?}");
    let host = oracle.host_str().unwrap_or_default();
    assert!(HOSTS.contains(&host), "{text:?} leads to {host}");
    assert_eq!((oracle.port(), oracle.username(), oracle.password()), (None, "", None), "{text:?}");
    let path = oracle.path();
    assert_eq!(path.strip_suffix('/').unwrap_or(path), format!("/credential/{}", subject.id.as_str()), "{text:?}");
    let canonical = url::Url::parse(&subject.canonical_url).unwrap();
    assert_eq!((canonical.host_str(), canonical.as_str()), (Some(host), &*subject.canonical_url), "{text:?}");
    assert!((canonical.query(), canonical.fragment()) == (None, None), "{text:?}");
    true
}

#[test]
fn the_whatwg_parser_reads_accepted_links_in_the_same_way() {
    let hosts = hosts();
    let seeds = seeds();
    let mut random = Random::new(0x0DD5_EED5);
    let (tried, mut accepted, mut changed) = (rounds(2_000_000), 0, 0);
    for _ in 0..tried {
        let seed = &seeds[random.below(seeds.len())];
        let text = mutate(&mut random, seed);
        if is_accepted_by_both(&text, &hosts) {
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
fn the_whatwg_parser_reads_links_with_one_other_character_in_the_same_way() {
    let hosts = hosts();
    let link = format!("https://{}/credential/{ID}", HOSTS[0]);
    let mut tried = 0;
    // Every ASCII character and every piece at every position, inserted and in place of what is there.
    let ascii = (0..=0x7f_u8).map(|byte| char::from(byte).to_string());
    for piece in ascii.chain(PIECES.iter().map(|piece| (*piece).to_owned())) {
        for at in 0..=link.len() {
            for end in [at, at + 1] {
                let Some(rest) = link.get(end..) else { continue };
                is_accepted_by_both(&[&link[..at], &piece, rest].concat(), &hosts);
                tried += 1;
            }
        }
    }
    assert!(tried > 30_000, "{tried} links");
}
