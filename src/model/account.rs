//! The account that a token belongs to.

use serde::{Deserialize, Serialize};

use super::Success;

/// What `account.get` returns. Source: vendor page `auth` (V).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub success: Success,
    /// The API's own words.
    pub message: String,
    /// Name of the organisation.
    pub account_name: String,
    /// Short name of the organisation.
    pub account_id: String,
}
