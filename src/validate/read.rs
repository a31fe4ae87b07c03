//! Reading an untyped value into a typed request, with every broken rule at once.
//!
//! serde stops at the first error; a caller wants all of them. So what callers pass is read by [`FromValue`], which adds an
//! [`Issue`](super::Issue) for each broken rule and goes on. Responses are read by serde (module `json`).

use super::{Flaw, Issues, Path, Rule};
use crate::json::Value;

/// A type that can be read from what a caller passed.
pub trait FromValue: Sized {
    /// Reads `value`, which is `None` where nothing was passed. Returns `None` only after adding an issue.
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self>;
}

/// Whether a field is left out of the request; the condition of `skip_serializing_if`.
pub trait Absent {
    /// Whether there is nothing to send.
    fn is_absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// The members of an object, read by their names.
pub struct Members<'a> {
    entries: &'a [(String, Value)],
    /// Which entries were read.
    was_read: Vec<bool>,
    path: &'a Path<'a>,
    issues: &'a mut Issues,
}

impl<'a> Members<'a> {
    /// The members of `value`; adds an issue where it is not an object.
    #[inline(never)]
    pub fn of(value: Option<&'a Value>, path: &'a Path<'a>, issues: &'a mut Issues) -> Option<Self> {
        match value {
            Some(Value::Object(entries)) => Some(Self { entries, was_read: vec![false; entries.len()], path, issues }),
            // The argument as a whole must be an object, also where it is missing; a field is required.
            None if !matches!(path, Path::Root) => {
                issues.add(path, Rule::Required);
                None
            }
            _ => {
                issues.add(path, Rule::Object);
                None
            }
        }
    }

    /// Reads a member by its name.
    pub fn read<T: FromValue>(&mut self, name: &str) -> Option<T> {
        let value = self.find(name);
        T::from_value(value, &Path::Member(self.path, name), self.issues)
    }

    /// Compiled once, not for every type of a member.
    #[inline(never)]
    fn find(&mut self, name: &str) -> Option<&'a Value> {
        for ((key, value), was_read) in self.entries.iter().zip(&mut self.was_read) {
            if key == name {
                *was_read = true;
                return Some(value);
            }
        }
        None
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.entries.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Whether the object has this member.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether this member is `true`.
    pub fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Bool(true)))
    }

    /// Whether this member is an array without elements.
    pub fn is_empty_array(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Array(elements)) if elements.is_empty())
    }

    /// Adds an issue about a member unless the condition holds.
    pub fn require(&mut self, holds: bool, name: &str, rule: Rule) {
        self.issues.require(holds, &Path::Member(self.path, name), rule);
    }

    /// Adds an issue for every member that was not read: the API would silently drop a misspelt field.
    pub fn refuse_unknown(&mut self) {
        for ((key, _), was_read) in self.entries.iter().zip(&self.was_read) {
            self.issues.require(*was_read, &Path::Member(self.path, key), Rule::UnknownField);
        }
    }
}

/// Reads a string that `accepts` takes; `rule` is the one that others break, and values of other types.
#[inline(never)]
pub(crate) fn read_string(
    value: Option<&Value>,
    rule: Rule,
    accepts: fn(&str) -> bool,
    path: &Path<'_>,
    issues: &mut Issues,
) -> Option<String> {
    let broken = match value {
        None => Rule::Required,
        Some(Value::String(text)) if accepts(text) => return Some(text.clone()),
        // A value that is not even a string breaks the same rule, whose sentence says more than "must be a string".
        Some(_) if rule != Rule::NotBlank => rule,
        Some(Value::String(_)) => rule,
        Some(_) => rule.of_other_types(),
    };
    issues.add(path, broken);
    None
}

/// Reads a string in which `find_flaw` finds nothing. A value of another type breaks the rule that `rule` has for it.
#[inline(never)]
pub(crate) fn read_string_without_flaw(
    value: Option<&Value>,
    rule: Rule,
    find_flaw: fn(&str) -> Option<Flaw>,
    path: &Path<'_>,
    issues: &mut Issues,
) -> Option<String> {
    let flaw = match value {
        None => Rule::Required.into(),
        Some(Value::String(text)) => match find_flaw(text) {
            None => return Some(text.clone()),
            Some(flaw) => flaw,
        },
        Some(_) => rule.of_other_types().into(),
    };
    issues.add_flaw(path, flaw);
    None
}

impl FromValue for bool {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        match value {
            Some(Value::Bool(value)) => Some(*value),
            other => {
                issues.add(path, if other.is_some() { Rule::Boolean } else { Rule::Required });
                None
            }
        }
    }
}

impl FromValue for String {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        read_string(value, Rule::String, |_| true, path, issues)
    }
}

/// A whole number from 0 that a double holds exactly.
impl FromValue for u64 {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let broken = match value {
            None => Rule::Required,
            Some(Value::Number(number)) => match number.as_count() {
                Some(count) => return Some(count),
                None => Rule::Count,
            },
            Some(_) => Rule::Count,
        };
        issues.add(path, broken);
        None
    }
}

/// The same; a larger number becomes the largest.
impl FromValue for u32 {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        u64::from_value(value, path, issues).map(|count| count.try_into().unwrap_or(Self::MAX))
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        match value {
            None => Some(None),
            value => T::from_value(value, path, issues).map(Some),
        }
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        match value {
            Some(Value::Array(elements)) => {
                let elements: Vec<Option<T>> = elements
                    .iter()
                    .enumerate()
                    .map(|(index, element)| T::from_value(Some(element), &Path::Element(path, index), issues))
                    .collect();
                elements.into_iter().collect()
            }
            other => {
                issues.add(path, if other.is_some() { Rule::Array } else { Rule::Required });
                None
            }
        }
    }
}

/// Declares structs that callers pass: ordinary structs, with [`FromValue`] beside them. A field is read by its own name, or
/// by the one after `as`. A function after `where` adds the rules between fields.
macro_rules! from_value_struct {
    ($(
        $(#[$attribute:meta])*
        pub struct $name:ident $(where $rules:path)? {
            $($(#[$field_attribute:meta])* pub $field:ident $(as $wire:literal)?: $type:ty,)*
        }
    )+) => {$(
        $(#[$attribute])*
        pub struct $name {
            $($(#[$field_attribute])* pub $field: $type,)*
        }

        impl $crate::validate::FromValue for $name {
            fn from_value(
                value: Option<&$crate::json::Value>,
                path: &$crate::validate::Path<'_>,
                issues: &mut $crate::validate::Issues,
            ) -> Option<Self> {
                let mut members = $crate::validate::Members::of(value, path, issues)?;
                $(let $field = members.read::<$type>($crate::validate::from_value_struct!(@name $field $($wire)?));)*
                $($rules(&mut members);)?
                members.refuse_unknown();
                Some(Self { $($field: $field?,)* })
            }
        }
    )+};
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $wire:literal) => { $wire };
}
pub(crate) use from_value_struct;
