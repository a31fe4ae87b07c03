//! Owns saying where the bytes of a wasm module go: by section, and the code by crate and module.
use std::collections::BTreeMap;

use anyhow::Result;
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// Bytes of a module by what they are for, the most first.
pub(crate) fn of(module: &[u8]) -> Result<Vec<(String, usize)>> {
    let mut parts: BTreeMap<String, usize> = BTreeMap::new();
    let mut imported = 0;
    let mut bodies = Vec::new();
    let mut names = BTreeMap::new();
    for payload in Parser::new(0).parse_all(module) {
        let (section, bytes) = match payload? {
            Payload::ImportSection(reader) => {
                let bytes = length(reader.range())?;
                for import in reader.into_imports() {
                    imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                }
                ("(names of imports)", bytes)
            }
            Payload::ExportSection(reader) => ("(names of exports)", length(reader.range())?),
            Payload::DataSection(reader) => ("(data: texts and tables)", length(reader.range())?),
            Payload::CodeSectionEntry(body) => {
                bodies.push(length(body.range())?);
                continue;
            }
            Payload::CustomSection(reader) => {
                if let KnownCustom::Name(section) = reader.as_known() {
                    for name in section {
                        if let Name::Function(map) = name? {
                            for naming in map {
                                let naming = naming?;
                                names.insert(usize::try_from(naming.index)?, naming.name);
                            }
                        }
                    }
                }
                continue;
            }
            Payload::TypeSection(reader) => ("(types, tables, the rest)", length(reader.range())?),
            Payload::FunctionSection(reader) => ("(types, tables, the rest)", length(reader.range())?),
            Payload::ElementSection(reader) => ("(types, tables, the rest)", length(reader.range())?),
            _ => continue,
        };
        *parts.entry(section.to_owned()).or_default() += bytes;
    }
    for (index, bytes) in bodies.into_iter().enumerate() {
        let owner = names.get(&(imported + index)).map_or_else(|| "(unnamed)".to_owned(), |name| owner_of(name));
        *parts.entry(owner).or_default() += bytes;
    }
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    Ok(parts)
}

fn length(range: std::ops::Range<u64>) -> Result<usize> {
    Ok(usize::try_from(range.end - range.start)?)
}

/// How the names begin of what JavaScript calls. wasm-opt puts functions that have one caller into it, so these hold most of
/// `session`, `client`, `response` and `verification`.
const ENTRIES: [&str; 6] = ["begin", "enter", "flaw", "leave", "parse", "session_"];

/// Crate and module of a function; of other people's crates only the crate. Generic code counts where it is written,
/// not where it is used.
fn owner_of(name: &str) -> String {
    let path = name.trim_start_matches(['<', '&', '*']).trim_start_matches("mut ").trim_start_matches("dyn ");
    let mut segments = path.split("::").map(|segment| segment.split(['<', ' ', '[', '>']).next().unwrap_or_default());
    let owner = segments.next().unwrap_or_default();
    if !path.contains("::") && ENTRIES.iter().any(|entry| path.starts_with(entry)) {
        return "(entries, with what has one caller)".to_owned();
    }
    if !owner.starts_with("hyperstack_") {
        let known = owner.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && path.contains("::");
        return if known { owner.to_owned() } else { "(glue, compiler)".to_owned() };
    }
    let modules: Vec<&str> =
        segments.take_while(|segment| segment.starts_with(|first: char| first.is_ascii_lowercase())).collect();
    // The last one is the function itself.
    let modules = modules.split_last().map_or(&[][..], |(_, modules)| modules);
    let modules = if path.contains(" as ") || modules.is_empty() {
        path.split("::")
            .skip(1)
            .take(1)
            .map(|segment| segment.split(['<', ' ', '>']).next().unwrap_or_default())
            .collect()
    } else {
        modules.to_vec()
    };
    [&[owner][..], &modules[..1.min(modules.len())]].concat().join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_owners() {
        for (name, owner) in [
            (
                "hyperstack_credentials::client::attempt::{{closure}}::h914060964c31e840",
                "hyperstack_credentials::client",
            ),
            ("hyperstack_decode::json::Cursor::skip::h5d61", "hyperstack_decode::json"),
            (
                "<hyperstack_credentials::bindings::fetch::JsHost as hyperstack_credentials::client::Host>::send::{{closure}}",
                "hyperstack_credentials::bindings",
            ),
            ("core::ptr::drop_in_place<hyperstack_credentials::bindings::run::{{closure}}>::h3d", "core"),
            ("<alloc::vec::Vec<T> as core::ops::Drop>::drop", "alloc"),
            ("__externref_table_alloc", "(glue, compiler)"),
            ("session_step multivalue shim", "(entries, with what has one caller)"),
            ("begin", "(entries, with what has one caller)"),
            ("run externref shim", "(glue, compiler)"),
        ] {
            assert_eq!(owner_of(name), owner, "{name}");
        }
    }
}
