//! The people that credentials are issued to.

use std::borrow::Cow;

use serde::Serialize;

use super::{Endpoint, Method, RetrySafety};
use crate::json;
use crate::model::{CustomAttributes, DoneWithMessage, EmailAddress};
use crate::validate::{Absent, from_value_struct};

from_value_struct! {
    /// `recipients.update`: changes attributes of a recipient (`POST /v1/recipients/update`, vendor page
    /// `update-recipient`). The API responds to an unknown recipient with status 200 and `success: false`.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "UpdateRecipientParams", optional_fields))]
    pub struct UpdateRecipient {
        /// The recipient: name and address themselves cannot be changed.
        pub email: EmailAddress,
        /// Values of the account's recipient attributes; only those defined there change. Every key begins with `custom_`.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub custom_attributes: Option<CustomAttributes>,
    }
}

impl Endpoint for UpdateRecipient {
    type Response = DoneWithMessage;

    const NAME: &'static str = "recipients.update";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Safe;
    const NOT_FOUND_CODE: &'static str = "recipient_not_found";

    fn path(&self) -> Cow<'static, str> {
        "/v1/recipients/update".into()
    }

    fn body(&self) -> Option<String> {
        Some(json::to_string(self))
    }
}
