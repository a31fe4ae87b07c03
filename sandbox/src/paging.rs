//! Splits a list into pages. Each resource's module decides its content and order.

use serde_json::{Map, Value};

use crate::{
    body::{RequestObject, whole},
    documented::Refusal,
    undocumented::Undocumented,
};

/// The part of a list that was asked for.
#[derive(Debug)]
pub(crate) struct Page {
    number: u64,
    size: u64,
}

impl Page {
    /// The defaults are documented. What is answered to other than positive whole numbers is not,
    /// nor how large a page may be.
    pub(crate) fn asked(body: &RequestObject, most: u64) -> Result<Self, Refusal> {
        let field = |name: &str, default| match body.get(name) {
            None => Ok(default),
            Some(value) => whole(value)
                .filter(|number| *number > 0)
                .ok_or_else(|| Undocumented::broken_rule(format!("{name} must be a whole number, at least 1"))),
        };
        let (number, size) = (field("page", 1)?, field("page_size", 50.min(most))?);
        if size > most {
            return Err(Undocumented::broken_rule(format!("page_size must be at most {most}")));
        }
        Ok(Self { number, size })
    }

    /// The answer, in the documented order of its keys. Not documented: a page behind the end. It
    /// is an empty one.
    pub(crate) fn of(&self, name: &str, list: Vec<Value>) -> Value {
        let total = list.len();
        let whole = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let before = whole(self.number.saturating_sub(1).saturating_mul(self.size));
        let page: Vec<Value> = list.into_iter().skip(before).take(whole(self.size)).collect();
        let fields = [
            ("success", Value::Bool(true)),
            ("total", total.into()),
            ("page", self.number.into()),
            ("page_size", self.size.into()),
            (name, page.into()),
        ];
        Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(number: u64, size: u64) -> String {
        let list = (1..=5).map(Value::from).collect();
        Page { number, size }.of("numbers", list).to_string()
    }

    #[test]
    fn a_list_is_cut_into_pages() {
        let page = |number, size, numbers: &str| {
            format!(r#"{{"success":true,"total":5,"page":{number},"page_size":{size},"numbers":[{numbers}]}}"#)
        };
        for (number, size, numbers) in
            [(1, 2, "1,2"), (3, 2, "5"), (4, 2, ""), (1, 5, "1,2,3,4,5"), (u64::MAX, u64::MAX, "")]
        {
            assert_eq!(answer(number, size), page(number, size, numbers));
        }
    }
}
