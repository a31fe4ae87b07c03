//! Validation of what callers pass: rules, issues, and reading untyped values into typed requests with every issue at once.

pub mod format;
mod path;
mod read;
mod rule;
#[cfg(test)]
mod tests;
mod visible;

pub use path::Path;
pub use read::{Absent, FromValue, Members};
pub(crate) use read::{from_value_struct, read_string, read_string_without_flaw};
pub use rule::{Issue, Rule};
pub use visible::{Flaw, WrongCharacter, find_email_flaw, find_name_flaw};

/// Collects issues. More than 100 say no more than 100 do, so the rest is dropped.
#[derive(Debug, Default)]
pub struct Issues(Vec<Issue>);

const MAX_ISSUES: usize = 100;

impl Issues {
    /// Adds an issue.
    pub fn add(&mut self, path: &Path<'_>, rule: Rule) {
        self.add_flaw(path, rule.into());
    }

    /// Adds an issue with the character that breaks the rule.
    pub fn add_flaw(&mut self, path: &Path<'_>, Flaw { rule, character }: Flaw) {
        if self.0.len() < MAX_ISSUES {
            self.0.push(Issue { path: path.render(), rule, character });
        }
    }

    /// Adds an issue unless the condition holds.
    pub fn require(&mut self, holds: bool, path: &Path<'_>, rule: Rule) {
        if !holds {
            self.add(path, rule);
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the issues of another part.
    pub fn append(&mut self, others: Self) {
        let room = MAX_ISSUES.saturating_sub(self.0.len());
        self.0.extend(others.0.into_iter().take(room));
    }

    /// The issues in the order in which they were found.
    pub fn into_vec(self) -> Vec<Issue> {
        self.0
    }
}
