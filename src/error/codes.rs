//! The codes of errors: where each comes from, what it means and what to do about it. `docs/errors.md` shows this table.

use super::{Error, ErrorClass};

/// A documented code of an error. Codes are append-only: they are never renamed, reused or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorCode {
    /// The code.
    pub code: &'static str,
    /// The classes that an error with this code can have.
    pub classes: &'static [ErrorClass],
    /// Where the code comes from.
    pub source: CodeSource,
    /// What happened.
    pub meaning: &'static str,
    /// Whether the same call may be made again without harm and may end differently.
    pub retryable: Retryable,
    /// What to do.
    pub hint: &'static str,
}

/// Where the code of an error comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeSource {
    /// The API sent it as `error_code`. The API can send others, which are kept.
    Api,
    /// The API refused without a code; the code follows from the status and the operation.
    Status,
    /// The response cannot be used.
    Response,
    /// There is no response.
    Connection,
    /// The call failed before a request was sent.
    Local,
}

impl CodeSource {
    /// Every source, in the order of `docs/errors.md`.
    pub const ALL: &'static [Self] = &[Self::Api, Self::Status, Self::Response, Self::Connection, Self::Local];
}

/// Whether the same call may be made again without harm and may end differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retryable {
    /// It may.
    Yes,
    /// It may not, or would end the same way.
    No,
    /// Reads, overwrites and `publish` may; operations that create something may not.
    ByOperation,
}

impl Retryable {
    /// As `docs/errors.md` writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::ByOperation => "by operation",
        }
    }
}

impl Error {
    /// Returns what to do about an error with this code; `None` for a code that only the API knows.
    pub fn hint(&self) -> Option<&'static str> {
        let known = ERROR_CODES.iter().find(|known| known.code == self.code && known.classes.contains(&self.class));
        known.map(|known| known.hint)
    }
}

/// Every documented code, by source.
pub const ERROR_CODES: &[ErrorCode] = &[
    ErrorCode {
        code: "credential_exists",
        classes: &[ErrorClass::Conflict],
        source: CodeSource::Api,
        meaning: "The recipient already has a credential of this group, and the group does not allow duplicates.",
        retryable: Retryable::No,
        hint: "Treat it as done, or allow duplicates in the group's settings.",
    },
    ErrorCode {
        code: "low_balance",
        classes: &[ErrorClass::InsufficientBalance],
        source: CodeSource::Api,
        meaning: "The account has no credits left; nothing was created.",
        retryable: Retryable::No,
        hint: "Buy credits, then call again.",
    },
    ErrorCode {
        code: "group_not_found",
        classes: &[ErrorClass::NotFound],
        source: CodeSource::Api,
        meaning: "This account has no group with that key.",
        retryable: Retryable::No,
        hint: "Look up the key with `groups.search`, and check with `account.get` that the token belongs to the right account.",
    },
    ErrorCode {
        code: "recipient_not_found",
        classes: &[ErrorClass::NotFound],
        source: CodeSource::Api,
        meaning: "This account has no recipient with that address. The API says so with status 200.",
        retryable: Retryable::No,
        hint: "Check the address. The API knows a recipient only after a credential was issued to that address.",
    },
    ErrorCode {
        code: "missing_recipient",
        classes: &[ErrorClass::BadRequest],
        source: CodeSource::Api,
        meaning: "The recipient's name or address is missing.",
        retryable: Retryable::No,
        hint: "Please report it with the names of the fields that you sent: this package checks both before it sends a request.",
    },
    ErrorCode {
        code: "missing_title_description",
        classes: &[ErrorClass::BadRequest],
        source: CodeSource::Api,
        meaning: "The group's title or description is missing.",
        retryable: Retryable::No,
        hint: "See `missing_recipient`.",
    },
    ErrorCode {
        code: "missing_url_event",
        classes: &[ErrorClass::BadRequest],
        source: CodeSource::Api,
        meaning: "The webhook's URL or events are missing.",
        retryable: Retryable::No,
        hint: "See `missing_recipient`.",
    },
    ErrorCode {
        code: "invalid_event",
        classes: &[ErrorClass::BadRequest],
        source: CodeSource::Api,
        meaning: "The API does not know one of the `events`.",
        retryable: Retryable::No,
        hint: "Use `credential.issued`, the only documented event.",
    },
    ErrorCode {
        code: "invalid_status",
        classes: &[ErrorClass::BadRequest],
        source: CodeSource::Api,
        meaning: "The credential is not a draft, so it cannot be published.",
        retryable: Retryable::No,
        hint: "Read it with `credentials.view`: it is probably published already.",
    },
    ErrorCode {
        code: "unauthorized",
        classes: &[ErrorClass::Authentication],
        source: CodeSource::Status,
        meaning: "401: the token is not valid.",
        retryable: Retryable::No,
        hint: "Look for a line break at the end of the variable, or create a new token (dashboard → Settings → API Access).",
    },
    ErrorCode {
        code: "forbidden",
        classes: &[ErrorClass::Permission],
        source: CodeSource::Status,
        meaning: "403: the token does not have permission, or a firewall in front of the API refused the request.",
        retryable: Retryable::No,
        hint: "Check the account with `account.get`; otherwise ask the vendor.",
    },
    ErrorCode {
        code: "credential_not_found",
        classes: &[ErrorClass::NotFound],
        source: CodeSource::Status,
        meaning: "This account has no credential with that id. A credential of another account gets the same response.",
        retryable: Retryable::No,
        hint: "Check the id and the account. It does not mean that the credential is fake.",
    },
    ErrorCode {
        code: "not_found",
        classes: &[ErrorClass::NotFound],
        source: CodeSource::Status,
        meaning: "404 from an operation that is not documented to return it.",
        retryable: Retryable::No,
        hint: "Report it: the API may have changed.",
    },
    ErrorCode {
        code: "conflict",
        classes: &[ErrorClass::Conflict],
        source: CodeSource::Status,
        meaning: "409 without a code.",
        retryable: Retryable::No,
        hint: "Check what exists before you retry.",
    },
    ErrorCode {
        code: "bad_request",
        classes: &[ErrorClass::BadRequest],
        source: CodeSource::Status,
        meaning: "Any other refusal without a code; `message` has the API's text. Also 413, 414 and 431: the request is too large.",
        retryable: Retryable::No,
        hint: "Compare the request with the vendor's documentation.",
    },
    ErrorCode {
        code: "rate_limited",
        classes: &[ErrorClass::RateLimit],
        source: CodeSource::Status,
        meaning: "429: too many requests. The API did not process this one.",
        retryable: Retryable::Yes,
        hint: "Wait for `retryAfterMs`, or a minute if it is missing. Send fewer requests at once.",
    },
    ErrorCode {
        code: "server_error",
        classes: &[ErrorClass::Server],
        source: CodeSource::Status,
        meaning: "5xx or 425. Retryable by operation after 425, 502, 503, 504 and 520 to 530, otherwise not.",
        retryable: Retryable::ByOperation,
        hint: "Retry later. Before you create something again, read docs/retries.md.",
    },
    ErrorCode {
        code: "unsuccessful",
        classes: &[ErrorClass::Response],
        source: CodeSource::Status,
        meaning: "`success: false` without a code, although the status reports success.",
        retryable: Retryable::No,
        hint: "Read `message`; report it if it is not documented.",
    },
    ErrorCode {
        code: "bad_content_type",
        classes: &[ErrorClass::Response],
        source: CodeSource::Response,
        meaning: "The content type is not JSON: often the page of a proxy or a login form.",
        retryable: Retryable::No,
        hint: "Check `baseUrl` and any proxy in between.",
    },
    ErrorCode {
        code: "bad_json",
        classes: &[ErrorClass::Response],
        source: CodeSource::Response,
        meaning: "Not JSON, not UTF-8, nested too deeply, or with a duplicate key; `cause.message` says which.",
        retryable: Retryable::No,
        hint: "See `bad_content_type`; otherwise report it.",
    },
    ErrorCode {
        code: "truncated",
        classes: &[ErrorClass::Response],
        source: CodeSource::Response,
        meaning: "The JSON is cut off.",
        retryable: Retryable::No,
        hint: "Retry reads. `generate` and `issue` have already searched for the credential; a group may exist.",
    },
    ErrorCode {
        code: "bad_shape",
        classes: &[ErrorClass::Response],
        source: CodeSource::Response,
        meaning: "JSON, but not as documented; `path` says where.",
        retryable: Retryable::No,
        hint: "Report it with `path`: the API may have changed.",
    },
    ErrorCode {
        code: "body_too_large",
        classes: &[ErrorClass::Response],
        source: CodeSource::Response,
        meaning: "The body is larger than `maxResponseBytes`.",
        retryable: Retryable::No,
        hint: "Raise the limit, or request smaller pages (`page_size`).",
    },
    ErrorCode {
        code: "unexpected_redirect",
        classes: &[ErrorClass::Response],
        source: CodeSource::Response,
        meaning: "A redirect. It is not followed, because the token would be sent to its target.",
        retryable: Retryable::No,
        hint: "If the target belongs to the vendor, set `baseUrl` to it.",
    },
    ErrorCode {
        code: "id_mismatch",
        classes: &[ErrorClass::Response],
        source: CodeSource::Response,
        meaning: "The response to `credentials.view` is for a different credential.",
        retryable: Retryable::No,
        hint: "Look for a cache or a proxy that mixes up responses.",
    },
    ErrorCode {
        code: "outcome_unknown",
        classes: &[ErrorClass::Response, ErrorClass::Connection],
        source: CodeSource::Response,
        meaning: "The request may or may not have taken effect; `message` says what was found.",
        retryable: Retryable::No,
        hint: "Check the dashboard before you retry.",
    },
    ErrorCode {
        code: "connection_failed",
        classes: &[ErrorClass::Connection],
        source: CodeSource::Connection,
        meaning: "The connection could not be made, or was lost; `cause` has the runtime's message.",
        retryable: Retryable::ByOperation,
        hint: "Check DNS, the firewall and `baseUrl`. In a browser it can be CORS.",
    },
    ErrorCode {
        code: "timeout",
        classes: &[ErrorClass::Timeout],
        source: CodeSource::Connection,
        meaning: "No complete response within `timeoutMs`, or within what is left of `totalTimeoutMs`; or status 408.",
        retryable: Retryable::ByOperation,
        hint: "Retry later, or allow more time.",
    },
    ErrorCode {
        code: "token_timeout",
        classes: &[ErrorClass::Timeout],
        source: CodeSource::Local,
        meaning: "The token function timed out.",
        retryable: Retryable::Yes,
        hint: "Check the secret store.",
    },
    ErrorCode {
        code: "token_unavailable",
        classes: &[ErrorClass::Authentication],
        source: CodeSource::Local,
        meaning: "The token function failed. Its error is hidden, because it may contain the token.",
        retryable: Retryable::No,
        hint: "Log inside that function.",
    },
    ErrorCode {
        code: "invalid_request",
        classes: &[ErrorClass::Validation],
        source: CodeSource::Local,
        meaning: "An argument or option is wrong.",
        retryable: Retryable::No,
        hint: "`issues` lists every finding with its rule.",
    },
    ErrorCode {
        code: "internal",
        classes: &[ErrorClass::Internal],
        source: CodeSource::Local,
        meaning: "A bug in this package.",
        retryable: Retryable::No,
        hint: "Please report it.",
    },
];

/// Fails the test that creates an error whose code the table does not have.
#[cfg(test)]
pub(super) fn assert_documented(class: ErrorClass, code: &'static str) {
    let is_known = ERROR_CODES.iter().any(|known| known.code == code && known.classes.contains(&class));
    assert!(is_known, "ERROR_CODES has no {code} of {}", class.name());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_a_hint_for_each_documented_code() {
        let error = Error::new(ErrorClass::RateLimit, "rate_limited", "groups.view", "too many requests");
        assert!(error.hint().is_some_and(|hint| hint.starts_with("Wait for")));
        let of_the_api = Error::new(ErrorClass::BadRequest, "new_code".to_owned(), "groups.view", "no");
        assert_eq!(of_the_api.hint(), None);
    }

    #[test]
    fn lists_each_code_once_and_sources_together() {
        let codes: Vec<_> = ERROR_CODES.iter().map(|known| known.code).collect();
        for (index, code) in codes.iter().enumerate() {
            assert!(!codes[..index].contains(code), "{code} is listed twice");
        }
        let mut sources: Vec<_> = ERROR_CODES.iter().map(|known| known.source).collect();
        sources.dedup();
        assert_eq!(sources, CodeSource::ALL);
    }
}
