//! The organisation's one webhook.

use std::borrow::Cow;

use serde::Serialize;

use super::{Endpoint, Method, RetrySafety, issues_of};
use crate::json;
use crate::model::{Done, DoneWithMessage, HttpUrl, WebhookEvent};
use crate::validate::{Issue, Members, Rule, from_value_struct};

from_value_struct! {
    /// `webhooks.subscribe`: sets the webhook, in place of the one before (`POST /v1/webhook/subscribe`, vendor page
    /// `webhook-subscribe`).
    #[derive(Clone, Debug, PartialEq, Serialize)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "SubscribeWebhookParams"))]
    pub struct SubscribeWebhook where check_events {
        /// Where deliveries go. Begins with `https://` or `http://`.
        pub url: HttpUrl,
        /// What is delivered. At least one; documented is `credential.issued` only.
        #[cfg_attr(feature = "typescript", ts(inline))]
        pub events: Vec<WebhookEvent>,
    }
}

fn check_events(members: &mut Members<'_>) {
    let is_empty = members.is_empty_array("events");
    members.require(!is_empty, "events", Rule::NotEmpty);
}

impl Endpoint for SubscribeWebhook {
    type Response = DoneWithMessage;

    const NAME: &'static str = "webhooks.subscribe";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Safe;

    fn path(&self) -> Cow<'static, str> {
        "/v1/webhook/subscribe".into()
    }

    fn body(&self) -> Option<String> {
        Some(json::to_string(self))
    }

    fn issues(&self) -> Vec<Issue> {
        issues_of(self)
    }
}

/// `webhooks.unsubscribe`: removes the webhook (`POST /v1/webhook/unsubscribe`). No vendor page was seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnsubscribeWebhook;

impl Endpoint for UnsubscribeWebhook {
    type Response = Done;

    const NAME: &'static str = "webhooks.unsubscribe";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Safe;

    fn path(&self) -> Cow<'static, str> {
        "/v1/webhook/unsubscribe".into()
    }
}
