//! The account that a token belongs to.

use std::borrow::Cow;

use super::{Endpoint, Method, RetrySafety};
use crate::model::Account;

/// `account.get`: reads the name of the account (`POST /v1/auth`, vendor page `auth`). A safe way to test a token.
#[derive(Clone, Copy, Debug, Default)]
pub struct GetAccount;

impl Endpoint for GetAccount {
    type Response = Account;

    const NAME: &'static str = "account.get";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Safe;

    fn path(&self) -> Cow<'static, str> {
        "/v1/auth".into()
    }
}
