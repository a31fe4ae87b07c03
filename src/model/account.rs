//! The account that a token belongs to.

use serde::{Deserialize, Serialize};

use super::Success;

/// What `account.get` returns. Source: vendor page `auth`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Account {
    /// Always `true`: any other response is an error.
    pub success: Success,
    /// The API's own words.
    pub message: String,
    /// Name of the organisation.
    pub account_name: String,
    /// Short name of the organisation.
    pub account_id: String,
}
