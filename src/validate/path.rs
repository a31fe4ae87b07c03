//! The path of a value inside a request or response, as issues and errors name it.

use crate::json::write_count;

/// A path as a chain on the stack, so that a value without issues costs no allocation.
#[derive(Clone, Copy, Debug)]
pub enum Path<'a> {
    /// The argument or the body itself.
    Root,
    /// A member of an object.
    Member(&'a Self, &'a str),
    /// An element of an array, from 0.
    Element(&'a Self, usize),
}

impl Path<'_> {
    /// Writes the path, e.g. `recipient.email` or `tags[2]`. A key that could be an e-mail address is written `(key)`.
    pub fn render(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(parent, name) => {
                let mut path = parent.render();
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(if name.contains(['@']) { "(key)" } else { name });
                path
            }
            Self::Element(parent, index) => {
                let mut path = parent.render();
                path.push('[');
                write_count(&mut path, *index as u64);
                path.push(']');
                path
            }
        }
    }
}
