//! Owns the order of a module's functions: those that are alike stand next to each other, which is all that brotli has to find.
//!
//! Sorted by signature, and by their code where that is the same. Signatures are then told in runs, and a function begins as
//! the one before it does. What the module does stays the same: functions are numbered anew wherever one is named.
use std::collections::BTreeMap;
use std::convert::Infallible;

use anyhow::{Result, bail};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload, TypeRef};

/// The same module with its functions in order. Names of functions are not kept in step.
pub(crate) fn sort(module: &[u8]) -> Result<Vec<u8>> {
    let mut imported = 0;
    let mut types = Vec::new();
    let mut codes = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::FunctionSection(reader) => types = reader.into_iter().collect::<Result<_, _>>()?,
            Payload::CodeSectionEntry(body) => codes.push(code(&body)?),
            Payload::CustomSection(reader) if reader.name() == "name" => bail!("names would go to other functions"),
            _ => {}
        }
    }
    let mut sorted: Vec<_> = types.iter().zip(&codes).enumerate().collect();
    sorted.sort_by_key(|&(_, function)| function);
    let order: Vec<usize> = sorted.into_iter().map(|(old, _)| old).collect();
    let mut places = BTreeMap::new();
    for (&old, new) in order.iter().zip(imported..) {
        places.insert(imported + u32::try_from(old)?, new);
    }
    let mut sorted = Module::new();
    Sort { order, places }.parse_core_module(&mut sorted, Parser::new(0), module)?;
    Ok(sorted.finish())
}

/// A function's instructions. Where its locals counted too, fewer neighbours would be alike.
fn code<'a>(body: &FunctionBody<'a>) -> Result<&'a [u8]> {
    let mut reader = body.get_operators_reader()?.get_binary_reader();
    Ok(reader.read_bytes(reader.bytes_remaining())?)
}

struct Sort {
    /// The old places of the functions that the module itself has, in the new order.
    order: Vec<usize>,
    /// New numbers by old ones; imported functions keep theirs.
    places: BTreeMap<u32, u32>,
}

impl Reencode for Sort {
    type Error = Infallible;

    fn function_index(&mut self, old: u32) -> Result<u32, Error> {
        Ok(self.places.get(&old).copied().unwrap_or(old))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types: Vec<u32> = section.into_iter().collect::<Result<_, _>>()?;
        for &old in &self.order {
            functions.function(types[old]);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, section: CodeSectionReader<'_>) -> Result<(), Error> {
        let bodies: Vec<FunctionBody<'_>> = section.into_iter().collect::<Result<_, _>>()?;
        for old in self.order.clone() {
            self.parse_function_body(code, bodies[old].clone())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function, ImportSection, RefType,
        StartSection, TableSection, TableType, TypeSection, ValType,
    };

    /// Imports function 0; function 3 calls all, is exported and started, and is second in the table.
    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([ValType::I32], []);
        let mut imports = ImportSection::new();
        imports.import("a", "a", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        functions.function(1).function(0).function(0);
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 2,
            maximum: None,
            shared: false,
        });
        let mut exports = ExportSection::new();
        exports.export("b", ExportKind::Func, 3);
        let mut elements = ElementSection::new();
        elements.active(None, &ConstExpr::i32_const(0), Elements::Functions((&[1, 3]).into()));
        let mut bodies = [Function::new([]), Function::new([]), Function::new([(1, ValType::I64)])];
        let [one, two, three] = &mut bodies;
        one.instructions().end();
        two.instructions().i32_const(7).drop().end();
        three.instructions().call(0).i32_const(7).call(1).call(2).call(3).end();
        let mut codes = CodeSection::new();
        for body in &bodies {
            codes.function(body);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables).section(&exports);
        module.section(&StartSection { function_index: 3 }).section(&elements).section(&codes);
        module.finish()
    }

    #[test]
    fn functions_are_told_by_signature_then_code_and_keep_their_callers() {
        let sorted = sort(&module()).unwrap();
        let mut seen = Vec::new();
        for payload in Parser::new(0).parse_all(&sorted) {
            match payload.unwrap() {
                Payload::FunctionSection(reader) => {
                    let types: Vec<u32> = reader.into_iter().map(Result::unwrap).collect();
                    seen.push(format!("{types:?}"));
                }
                Payload::ExportSection(reader) => seen.extend(reader.into_iter().map(|e| format!("{:?}", e.unwrap()))),
                Payload::StartSection { func, .. } => seen.push(format!("start {func}")),
                Payload::ElementSection(reader) => seen.extend(reader.into_iter().map(|element| {
                    let wasmparser::ElementItems::Functions(items) = element.unwrap().items else { panic!() };
                    format!("{:?}", items.into_iter().map(Result::unwrap).collect::<Vec<_>>())
                })),
                Payload::CodeSectionEntry(body) => {
                    let operators = body.get_operators_reader().unwrap().into_iter();
                    seen.push(format!("{:?}", operators.map(Result::unwrap).collect::<Vec<_>>()));
                }
                _ => {}
            }
        }
        // What was 3 is 1, what was 1 is 3; 2 stays.
        let expected = [
            "[0, 0, 1]",
            r#"Export { name: "b", kind: Func, index: 1 }"#,
            "start 1",
            "[3, 1]",
            "[Call { function_index: 0 }, I32Const { value: 7 }, Call { function_index: 3 }, Call { function_index: 2 }, Call { function_index: 1 }, End]",
            "[I32Const { value: 7 }, Drop, End]",
            "[End]",
        ];
        assert_eq!(seen, expected);
        assert_eq!(sort(&sorted).unwrap(), sorted);
    }

    #[test]
    fn names_are_not_given_to_others() {
        let mut module = module();
        module.extend([0, 5, 4]);
        module.extend(b"name");
        assert!(sort(&module).is_err());
    }
}
