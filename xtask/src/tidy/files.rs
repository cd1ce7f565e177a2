//! Files small enough to hold in mind, named by what they are about, speaking of the project alone.
use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::command::root;

/// A file longer than this holds two ideas.
const LINES_MAX: usize = 800;
/// Names that say nothing.
const VAGUE: &[&str] =
    &["utils.rs", "util.rs", "common.rs", "helpers.rs", "helper.rs", "types.rs", "misc.rs"];
/// Folders of one machine, which no file may name.
const FOREIGN: &[&str] = &["/work/", "/root/", "/home/"];

pub(crate) fn check() -> Result<Vec<String>, String> {
    let mut findings = Vec::new();
    for file in files(&root())? {
        let shown = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Ok(text) = fs::read_to_string(&file) else { continue };
        if VAGUE.contains(&name) {
            findings.push(format!("{shown}: name the file by the one thing it is about"));
        }
        if name.ends_with(".rs") && text.lines().count() > LINES_MAX {
            findings.push(format!("{shown}: more than {LINES_MAX} lines; look for the second idea inside"));
        }
        if !shown.starts_with("xtask/src/tidy")
            && let Some(foreign) = FOREIGN.iter().find(|foreign| text.contains(**foreign))
        {
            findings.push(format!("{shown}: names {foreign}, a folder of one machine"));
        }
    }
    Ok(findings)
}

/// Text files of the project, build results and version control left out.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        if path.is_dir() {
            if !["target", ".git", "demo-data", "node_modules"].contains(&name) {
                found.extend(files(&path)?);
            }
        } else if ["rs", "md", "toml", "html", "css", "js", "xsd", "wsdl", "sh", "py"]
            .iter()
            .any(|extension| name.ends_with(&format!(".{extension}")))
        {
            found.push(path);
        }
    }
    Ok(found)
}
