//! How much code of the module each method and each objective is, by the names of its functions.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context as _;
use wasmparser::{KnownCustom, Name, Parser, Payload};

use crate::wasm;
use crate::workspace::Workspace;

/// The modules whose files are told apart.
const FOLDERS: [&str; 2] = ["contrastive_learn::method::", "contrastive_learn::objective::"];

/// Prints the bytes of code of each file of the methods and objectives, in the last published page that was built. What the compiler
/// has inlined into another file's functions counts there.
pub fn print(workspace: &Workspace) -> anyhow::Result<()> {
    let file = wasm::page_module(workspace);
    let module = fs::read(&file).with_context(|| format!("could not read {}: `cargo xtask build` makes it", file.display()))?;
    let (parts, whole) = sizes(&module)?;
    println!("Code of the methods and objectives, in kB without compression:");
    for (name, bytes) in &parts {
        println!("{:>9.1}  {name}", *bytes as f64 / 1000.0);
    }
    println!("{:>9.1}  of {:.1} in all functions", parts.values().sum::<usize>() as f64 / 1000.0, whole as f64 / 1000.0);
    Ok(())
}

/// The bytes of code under each of [`FOLDERS`]' files, and of all functions.
fn sizes(module: &[u8]) -> anyhow::Result<(BTreeMap<String, usize>, usize)> {
    let (mut bodies, mut imported, mut parts, mut whole) = (Vec::new(), 0, BTreeMap::new(), 0);
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += usize::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => {
                bodies.push(body.range().len());
                whole += body.range().len();
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(names) = section.as_known() else { continue };
                for names in names {
                    let Name::Function(names) = names? else { continue };
                    for naming in names {
                        let naming = naming?;
                        let bytes = (naming.index as usize).checked_sub(imported).and_then(|index| bodies.get(index));
                        if let (Some(bytes), Some(part)) = (bytes, part_of(&format!("{:#}", rustc_demangle::demangle(naming.name)))) {
                            *parts.entry(part).or_default() += bytes;
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok((parts, whole))
}

/// The folder and file, such as `method::moco`, of which a function's name speaks first.
fn part_of(function: &str) -> Option<String> {
    FOLDERS.iter().find_map(|folder| {
        let rest = &function[function.find(folder)? + folder.len()..];
        let file: String = rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        // A folder's own file has functions and types, whose names follow at once.
        let own = if rest[file.len()..].starts_with("::") && file.starts_with(|first: char| first.is_lowercase()) { &*file } else { "mod" };
        Some(format!("{}{own}", folder.trim_start_matches("contrastive_learn::")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_the_file_that_its_name_speaks_of() {
        let part = |name: &str| part_of(name).unwrap_or_default();
        assert_eq!(part("contrastive_learn::objective::ntxent::walk"), "objective::ntxent");
        assert_eq!(part("<contrastive_learn::method::moco::Moco as contrastive_learn::method::Method>::commit"), "method::moco");
        assert_eq!(part("<contrastive_learn::method::Memory as core::clone::Clone>::clone"), "method::mod");
        assert_eq!(part_of("epaint::tessellator::tessellate"), None);
    }
}
