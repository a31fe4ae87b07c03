//! Reads the declarations that ts-rs writes, each on one line, and formats them as the rest of the TypeScript here is
//! formatted.

/// Columns of a line.
const WIDTH: usize = 110;

/// A member of an interface.
#[derive(Clone)]
pub(crate) struct Field {
    /// Paragraphs.
    pub(crate) docs: Vec<String>,
    pub(crate) name: String,
    pub(crate) is_optional: bool,
    /// As ts-rs writes it.
    pub(crate) ty: String,
}

/// How a declaration is written.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    /// Arrays are `readonly`, and optional fields accept `undefined`.
    pub(crate) is_readonly: bool,
    /// Members that this version does not know are kept.
    pub(crate) keeps_others: bool,
    /// The category of the API reference.
    pub(crate) category: &'static str,
}

/// A type of the file.
pub(crate) struct Declaration {
    name: String,
    /// Paragraphs.
    docs: Vec<String>,
    pub(crate) is_exported: bool,
    /// The interface that it extends, which then says whether other members are kept.
    pub(crate) base: Option<String>,
    body: Body,
}

enum Body {
    Interface(Vec<Field>),
    Alias(String),
    Union {
        /// The fields that every variant has.
        common: Vec<Field>,
        variants: Vec<Vec<Field>>,
    },
}

impl Declaration {
    pub(crate) fn interface(name: &str, docs: Vec<String>, fields: Vec<Field>) -> Self {
        Self { name: name.to_owned(), docs, is_exported: true, base: None, body: Body::Interface(fields) }
    }

    pub(crate) fn alias(name: &str, docs: Vec<String>, ty: &str) -> Self {
        if ty.contains("} | {") {
            return Self::union(name, docs, Vec::new(), variants_of(ty));
        }
        Self { name: name.to_owned(), docs, is_exported: true, base: None, body: Body::Alias(ty.to_owned()) }
    }

    /// A union of objects, with the fields that all of them have apart.
    pub(crate) fn union(name: &str, docs: Vec<String>, common: Vec<Field>, variants: Vec<Vec<Field>>) -> Self {
        Self { name: name.to_owned(), docs, is_exported: true, base: None, body: Body::Union { common, variants } }
    }

    /// The declaration with its comment.
    pub(crate) fn render(mut self, style: Style) -> String {
        let mut head = "";
        if self.is_exported {
            self.docs.push(format!("@category {}", style.category));
            head = "export ";
        }
        let name = &self.name;
        let code = match &self.body {
            Body::Alias(ty) => {
                let ty = arrays(ty, style.is_readonly);
                let line = format!("{head}type {name} = {ty};\n");
                if ty.contains(" | ") && line.trim_end().len() > WIDTH {
                    format!("{head}type {name} =\n  | {};\n", ty.replace(" | ", "\n  | "))
                } else {
                    line
                }
            }
            Body::Union { common, variants } => {
                let render = |fields: &Vec<Field>, indent: &str| render_fields(fields, style, indent);
                let variants: Vec<String> = variants.iter().map(|fields| render(fields, "      ")).collect();
                let variants = format!("  | {{\n{}    }}", variants.join("    }\n  | {\n"));
                if common.is_empty() {
                    format!("{head}type {name} =\n{variants};\n")
                } else {
                    format!("{head}type {name} = {{\n{}}} & (\n{variants}\n);\n", render(common, "  "))
                }
            }
            Body::Interface(fields) => {
                let base = self.base.as_deref().map_or_else(String::new, |base| format!(" extends {base}"));
                let keeps_others = style.keeps_others && self.base.is_none();
                let others = if keeps_others { "  [extra: string]: unknown;\n" } else { "" };
                format!("{head}interface {name}{base} {{\n{}{others}}}\n", render_fields(fields, style, "  "))
            }
        };
        comment(&self.docs, "") + &code
    }
}

fn render_fields(fields: &[Field], style: Style, indent: &str) -> String {
    fields.iter().map(|field| field.render(style.is_readonly, indent)).collect()
}

impl Field {
    fn render(&self, is_request: bool, indent: &str) -> String {
        assert!(!self.docs.is_empty(), "the field {} has no documentation", self.name);
        let ty = arrays(&self.ty, is_request);
        let mark = if self.is_optional { "?" } else { "" };
        let undefined = if self.is_optional && is_request { " | undefined" } else { "" };
        format!("{}{indent}{}{mark}: {ty}{undefined};\n", comment(&self.docs, indent), self.name)
    }
}

/// The fields of `{ name: type, … }`; `None` for any other type.
pub(crate) fn fields_of(ty: &str) -> Option<Vec<Field>> {
    let mut rest = ty.strip_prefix('{')?.strip_suffix('}')?.trim();
    if rest.starts_with('[') || end_of(ty, '|') < ty.len() {
        return None;
    }
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let mut docs = Vec::new();
        if rest.starts_with("/**") {
            let end = rest.find("*/").expect("a comment ends") + 2;
            docs = docs_of(&rest[..end]);
            rest = rest[end..].trim_start();
        }
        let (name, after) = rest.split_once(':').expect("a field has a type");
        let end = end_of_type(after);
        fields.push(Field {
            docs,
            name: name.trim_end_matches('?').trim_matches('"').to_owned(),
            is_optional: name.ends_with('?'),
            ty: after[..end].trim().to_owned(),
        });
        rest = after[end..].trim_start_matches(',').trim_start();
    }
    Some(fields)
}

/// The fields of each object in a union.
pub(crate) fn variants_of(ty: &str) -> Vec<Vec<Field>> {
    let mut variants = Vec::new();
    let mut rest = ty.trim();
    while !rest.is_empty() {
        let end = end_of(rest, '|');
        variants.push(fields_of(rest[..end].trim()).expect("a variant is an object"));
        rest = rest[end..].trim_start_matches('|').trim();
    }
    variants
}

/// Where the comma after a type is.
fn end_of_type(text: &str) -> usize {
    end_of(text, ',')
}

/// Where this character is, outside of brackets, strings and comments.
fn end_of(text: &str, separator: char) -> usize {
    let mut depth = 0;
    let mut quote = None;
    let mut comment_end = 0;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            _ if at < comment_end => {}
            (Some(open), _) => quote = Some(open).filter(|open| *open != character),
            (None, '/') if text[at..].starts_with("/*") => {
                comment_end = text[at..].find("*/").map_or(text.len(), |length| at + length + 2);
            }
            (None, '"' | '`') => quote = Some(character),
            (None, '{' | '<' | '(' | '[') => depth += 1,
            (None, '}' | '>' | ')' | ']') => depth -= 1,
            (None, _) if depth == 0 && character == separator => return at,
            _ => {}
        }
    }
    text.len()
}

/// The paragraphs of a comment. Rust's `None` is TypeScript's `null`.
pub(crate) fn docs_of(comment: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in comment.trim().trim_start_matches("/**").trim_end_matches("*/").lines() {
        let line = line.trim().trim_start_matches('*').trim();
        let paragraph = paragraphs.last_mut().expect("there is one");
        if line.is_empty() {
            paragraphs.push(String::new());
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    for paragraph in &mut paragraphs {
        assert!(!paragraph.contains("[`"), "TypeScript cannot follow a Rust link: {paragraph}");
        *paragraph = paragraph.replace("`None`", "`null`");
    }
    paragraphs
}

/// A comment of one line where it fits.
fn comment(paragraphs: &[String], indent: &str) -> String {
    if let [only] = paragraphs
        && indent.len() + "/**  */".len() + only.chars().count() <= WIDTH
    {
        return format!("{indent}/** {only} */\n");
    }
    let width = WIDTH - indent.len() - " * ".len();
    let line_break = format!("\n{indent} * ");
    let paragraphs: Vec<String> = paragraphs.iter().map(|paragraph| wrap(paragraph, width).join(&line_break)).collect();
    let text = paragraphs.join(&format!("\n{indent} *{line_break}"));
    format!("{indent}/**{line_break}{text}\n{indent} */\n")
}

fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in paragraph.split(' ') {
        let line = lines.last_mut().expect("there is one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Writes `Array<T>` as `T[]`, or `readonly T[]`.
fn arrays(ty: &str, is_readonly: bool) -> String {
    const OPEN: &str = "Array<";
    let Some(start) = ty.find(OPEN) else { return ty.to_owned() };
    let inside = &ty[start + OPEN.len()..];
    let mut depth = 1;
    let end = inside
        .find(|character| {
            depth += match character {
                '<' => 1,
                '>' => -1,
                _ => 0,
            };
            depth == 0
        })
        .expect("an array ends");
    let element = arrays(&inside[..end], is_readonly);
    let element = if element.contains(" | ") && !element.ends_with('>') { format!("({element})") } else { element };
    let readonly = if is_readonly { "readonly " } else { "" };
    format!("{}{readonly}{element}[]{}", &ty[..start], arrays(&inside[end + 1..], is_readonly))
}
