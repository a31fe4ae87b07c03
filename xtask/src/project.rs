//! Writes the publisher's data (`project.json`) into the documents that show it, and checks it before a release.
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::package;
use crate::workspace::Workspace;

/// CONTRIBUTING.md describes its fields.
const FILE: &str = "project.json";

/// The publisher's data. `None` means not known yet; documents then show nothing in its place.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Project {
    /// `https://github.com/<owner>/<name>`.
    repository: Option<String>,
    security_contact: Option<String>,
    conduct_contact: Option<String>,
}

impl Project {
    /// Reads the file.
    pub(crate) fn read(workspace: &Workspace) -> Result<Self> {
        let text = fs::read_to_string(workspace.path(FILE)).with_context(|| format!("cannot read {FILE}"))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self> {
        let json: Value = serde_json::from_str(text).with_context(|| format!("{FILE} is not JSON"))?;
        let fields = json.as_object().with_context(|| format!("{FILE} must be an object"))?;
        let mut project = Self::default();
        for (name, value) in fields {
            let text = value.as_str().with_context(|| format!("{FILE}: `{name}` must be a string"))?;
            let (place, is_valid, rule): (_, fn(&str) -> bool, _) = match name.as_str() {
                "repository" => (&mut project.repository, is_repository, REPOSITORY_RULE),
                "securityContact" => (&mut project.security_contact, is_contact, CONTACT_RULE),
                "conductContact" => (&mut project.conduct_contact, is_contact, CONTACT_RULE),
                _ => bail!("{FILE}: there is no field `{name}`"),
            };
            if !text.is_empty() {
                ensure!(is_valid(text), "{FILE}: `{name}` {rule}");
                *place = Some(text.to_owned());
            }
        }
        Ok(project)
    }

    /// Returns a message for each empty field, with its rule.
    fn missing(&self) -> Vec<String> {
        let fields = [
            ("repository", &self.repository, REPOSITORY_RULE),
            ("securityContact", &self.security_contact, CONTACT_RULE),
            ("conductContact", &self.conduct_contact, CONTACT_RULE),
        ];
        fields
            .iter()
            .filter(|(_, value, _)| value.is_none())
            .map(|(name, _, rule)| format!("{FILE}: `{name}` is empty; it {rule}"))
            .collect()
    }

    /// Returns the npm manifest's fields that name the repository, as lines of JSON. Empty if it is not known.
    pub(crate) fn manifest_fields(&self) -> String {
        self.repository.as_ref().map_or_else(String::new, |url| {
            format!(
                "  \"repository\": {{\n    \"type\": \"git\",\n    \"url\": \"git+{url}.git\"\n  }},\n  \
                 \"homepage\": \"{url}#readme\",\n  \"bugs\": \"{url}/issues\",\n"
            )
        })
    }

    /// Returns a document for the package: links to files outside the package lead to the repository. While its address is not known,
    /// the lines with such links are left out.
    pub(crate) fn for_package(&self, document: &str, is_packed: impl Fn(&str) -> bool) -> String {
        let mut text = String::new();
        for line in document.split_inclusive('\n') {
            let target =
                line.strip_prefix("- [").and_then(|rest| rest.split_once("](")?.1.split_once(')')).map(|(to, _)| to);
            match (target, &self.repository) {
                (Some(target), _) if is_packed(target) => text.push_str(line),
                (Some(target), Some(url)) => {
                    text.push_str(&line.replace(&format!("]({target})"), &format!("]({url}/blob/main/{target})")));
                }
                (Some(_), None) => {}
                (None, _) => text.push_str(line),
            }
        }
        text
    }
}

const REPOSITORY_RULE: &str = "must be the repository's address, https://github.com/<owner>/<name>";
const CONTACT_RULE: &str = "must be an e-mail address or an https address";

fn is_repository(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&char))
    };
    text.strip_prefix("https://github.com/").and_then(|rest| rest.split_once('/')).is_some_and(|(owner, name)| {
        is_name(owner) && is_name(name) && Path::new(name).extension().is_none_or(|extension| extension != "git")
    })
}

fn is_contact(text: &str) -> bool {
    let is_one_word = !text.contains(|char: char| char.is_whitespace() || ['<', '>', '"', ')'].contains(&char));
    let is_email = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    is_one_word && (is_email || text.starts_with("https://"))
}

/// A part of a document that depends on the project: the lines between the marks `project: <name>` and `end: project`.
struct Part {
    document: &'static str,
    name: &'static str,
    text: fn(&Project) -> String,
}

const PARTS: [Part; 5] = [
    Part {
        document: "Cargo.toml",
        name: "repository",
        text: |project| project.repository.as_ref().map_or_else(String::new, |url| format!("repository = \"{url}\"\n")),
    },
    Part {
        document: "SECURITY.md",
        name: "contact",
        text: |project| {
            match &project.security_contact {
            Some(contact) => format!("Report privately to <{contact}>, never in a public issue.\n"),
            None => "Report privately, with the private vulnerability report of the repository's host, never in a public issue.\n"
                .to_owned(),
        }
        },
    },
    Part {
        document: "CODE_OF_CONDUCT.md",
        name: "contact",
        text: |project| match &project.conduct_contact {
            Some(contact) => format!("Report it privately to <{contact}>.\n"),
            None => "Report it privately to a maintainer.\n".to_owned(),
        },
    },
    Part {
        document: ".github/ISSUE_TEMPLATE/config.yml",
        name: "security",
        text: |project| match &project.repository {
            Some(url) => format!(
                "contact_links:\n  - name: A vulnerability\n    url: {url}/security/policy\n    \
                 about: Report it privately, never in an issue.\n"
            ),
            None => String::new(),
        },
    },
    Part { document: "template/README.md", name: "start", text: template_start },
];

fn template_start(project: &Project) -> String {
    let start = project.repository.as_deref().map_or_else(|| MANUAL_START.to_owned(), deployed_start);
    format!("{start}{FIRST_RUN}")
}

/// How to start from the template while the repository has no address.
const MANUAL_START: &str = "\
The package is not on npm yet. In the root of the repository, pack it, copy this folder and start it:

```sh
cargo xtask pack
cp -r template my-verify
npm install --prefix my-verify target/package/*.tgz
";

/// How to start with Cloudflare's deploy button, or with a command.
fn deployed_start(repository: &str) -> String {
    const BUTTON: &str = "https://deploy.workers.cloudflare.com";
    format!(
        "[![Deploy to Cloudflare]({BUTTON}/button)]({BUTTON}/?url={repository}/tree/main/template)\n\n\
         The button copies this folder into a repository of yours and deploys it. Or start on your machine:\n\n\
         ```sh\nnpm create cloudflare@latest -- my-verify --template={repository}/template\n"
    )
}

const FIRST_RUN: &str = "\
cd my-verify
cp .dev.vars.example .dev.vars                 # and put the token in
npm run dev
curl http://localhost:8787/api/verify -H 'content-type: application/json' -d '{\"input\":\"https://hyperstack.id/credential/…\"}'
```
";

/// Replaces the lines between the marks of a part.
fn with_part(document: &str, name: &str, text: &str) -> Result<String> {
    let mark = format!("project: {name}");
    let mut result = String::new();
    let mut is_inside = false;
    let mut count = 0;
    for line in document.split_inclusive('\n') {
        let comment = line.trim().trim_start_matches(['#', '<', '!', '-', ' ']).trim_end_matches(['>', '-', ' ']);
        if is_inside && comment == "end: project" {
            is_inside = false;
        }
        if !is_inside {
            result.push_str(line);
        }
        if comment == mark {
            is_inside = true;
            count += 1;
            result.push_str(text);
        }
    }
    ensure!(count == 1 && !is_inside, "it must have the marks `{mark}` and `end: project` once");
    Ok(result)
}

/// Returns the documents that do not match `project.json`, with their new text.
fn stale_documents(workspace: &Workspace, project: &Project) -> Result<Vec<(&'static str, String)>> {
    let mut stale = Vec::new();
    for Part { document, name, text } in &PARTS {
        let old = fs::read_to_string(workspace.path(document)).with_context(|| format!("cannot read {document}"))?;
        let new = with_part(&old, name, &text(project)).with_context(|| (*document).to_owned())?;
        if new != old {
            stale.push((*document, new));
        }
    }
    Ok(stale)
}

/// The command `project`: writes the parts.
pub(crate) fn write_documents(workspace: &Workspace) -> Result<()> {
    let project = Project::read(workspace)?;
    for (document, text) in stale_documents(workspace, &project)? {
        fs::write(workspace.path(document), text)?;
        println!("written: {document}");
    }
    for fault in project.missing() {
        println!("{fault}");
    }
    Ok(())
}

/// The command `release-check`: fails, with every reason, unless the tag can be published.
pub(crate) fn check_release(workspace: &Workspace, tag: &str) -> Result<()> {
    let project = Project::read(workspace)?;
    let mut faults = project.missing();
    for (document, _) in stale_documents(workspace, &project)? {
        faults.push(format!("{document} is not what {FILE} says: run `cargo xtask project`"));
    }
    let manifest = fs::read_to_string(workspace.path("Cargo.toml"))?;
    let version = package::version_of(&manifest)?;
    if tag != format!("v{version}") {
        faults.push(format!("Cargo.toml: `version` is {version}, but the tag is {tag}"));
    }
    let changelog = fs::read_to_string(workspace.path("CHANGELOG.md"))?;
    if !has_release(&changelog, version) {
        faults.push(format!("CHANGELOG.md has no heading `## [{version}] - <year>-<month>-<day>`"));
    }
    if faults.is_empty() {
        println!("{tag} can be released");
        return Ok(());
    }
    bail!("{tag} cannot be released:\n  {}", faults.join("\n  "))
}

fn has_release(changelog: &str, version: &str) -> bool {
    let is_date = |text: &str| {
        text.len() == "YYYY-MM-DD".len()
            && text.split('-').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    changelog.lines().any(|line| line.strip_prefix(&format!("## [{version}] - ")).is_some_and(is_date))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> Project {
        Project::parse(
            r#"{"repository":"https://github.com/acme/credentials","securityContact":"security@acme.example",
                "conductContact":"https://acme.example/conduct"}"#,
        )
        .unwrap()
    }

    #[test]
    fn names_the_file_the_field_and_the_rule() {
        let fault = |text: &str| format!("{:#}", Project::parse(text).unwrap_err());
        assert_eq!(
            fault(r#"{"repository":"github.com/acme/x"}"#),
            "project.json: `repository` must be the repository's address, https://github.com/<owner>/<name>"
        );
        for wrong in ["https://github.com/acme", "https://github.com/acme/x/", "https://github.com/acme/x.git"] {
            assert!(Project::parse(&format!("{{\"repository\":\"{wrong}\"}}")).is_err(), "{wrong}");
        }
        assert_eq!(
            fault(r#"{"securityContact":"acme"}"#),
            "project.json: `securityContact` must be an e-mail address or an https address"
        );
        assert_eq!(fault(r#"{"author":""}"#), "project.json: there is no field `author`");
        assert_eq!(fault(r#"{"repository":null}"#), "project.json: `repository` must be a string");
    }

    #[test]
    fn lists_every_empty_field() {
        assert_eq!(complete().missing(), Vec::<String>::new());
        let missing = Project::parse(r#"{"repository":"","conductContact":"a@b.example"}"#).unwrap().missing();
        assert_eq!(
            missing,
            [
                "project.json: `repository` is empty; it must be the repository's address, https://github.com/<owner>/<name>",
                "project.json: `securityContact` is empty; it must be an e-mail address or an https address",
            ]
        );
    }

    #[test]
    fn replaces_the_lines_between_the_marks() {
        let text = "a\n<!-- project: contact -->\nold\n<!-- end: project -->\nb\n";
        let new = with_part(text, "contact", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- project: contact -->\nnew\n<!-- end: project -->\nb\n");
        assert_eq!(
            with_part("# project: x\n# end: project\n", "x", "y = 1\n").unwrap(),
            "# project: x\ny = 1\n# end: project\n"
        );
        assert!(with_part("a\n", "contact", "").is_err());
        assert!(with_part("# project: x\n", "x", "").is_err());
    }

    #[test]
    fn documents_match_the_project_and_show_no_placeholder() {
        let workspace = Workspace::locate().unwrap();
        let project = Project::read(&workspace).unwrap();
        let stale: Vec<_> = stale_documents(&workspace, &project).unwrap().into_iter().map(|(name, _)| name).collect();
        assert!(stale.is_empty(), "run `cargo xtask project`: {stale:?}");
        for Part { document, name, text } in &PARTS {
            let unknown = text(&Project::default());
            assert!(!unknown.contains(['<', '>']), "{document} {name} shows a placeholder: {unknown}");
            assert_ne!(unknown, text(&complete()), "{document} {name}");
        }
        assert!(template_start(&complete()).contains("?url=https://github.com/acme/credentials/tree/main/template)"));
        assert_eq!(Project::default().manifest_fields(), "");
        assert!(complete().manifest_fields().contains("\"git+https://github.com/acme/credentials.git\""));
    }

    #[test]
    fn links_leave_the_package_or_are_omitted() {
        let document = "# A\n\n- [README](README.md): first\n- [Errors](docs/errors.md): codes\n- no link\n";
        let is_packed = |path: &str| path == "README.md";
        assert_eq!(
            Project::default().for_package(document, is_packed),
            "# A\n\n- [README](README.md): first\n- no link\n"
        );
        assert_eq!(
            complete().for_package(document, is_packed),
            "# A\n\n- [README](README.md): first\n\
             - [Errors](https://github.com/acme/credentials/blob/main/docs/errors.md): codes\n- no link\n"
        );
    }

    #[test]
    fn a_release_has_a_date_in_the_changelog() {
        assert!(has_release("## [0.1.0] - 2026-12-01\n", "0.1.0"));
        assert!(!has_release("## [Unreleased]\n", "0.1.0") && !has_release("## [0.1.1] - 2026-12-01\n", "0.1.0"));
    }
}
