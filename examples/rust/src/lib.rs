//! A transport over `ureq` and Tokio, and a client configured by environment variables.

mod transport;

use std::error::Error;

use hyperstack_credentials::client::{Client, ClientConfig};
use hyperstack_credentials::model::{BaseUrl, Token};

pub use transport::UreqTransport;

/// Creates a client for the account whose token is in `HYPERSTACK_API_TOKEN`. `HYPERSTACK_API_BASE` is only for the sandbox.
///
/// # Errors
/// The token is missing, or a variable breaks a rule; the message names the variable.
pub fn client_from(variable: impl Fn(&str) -> Option<String>) -> Result<Client<UreqTransport>, Box<dyn Error>> {
    let token = variable("HYPERSTACK_API_TOKEN").ok_or("HYPERSTACK_API_TOKEN is not set")?;
    let token = Token::parse(token).map_err(|rule| format!("HYPERSTACK_API_TOKEN: {rule}"))?;
    let mut config = ClientConfig::new(token);
    if let Some(url) = variable("HYPERSTACK_API_BASE") {
        config.base_url = BaseUrl::parse(url).map_err(|rule| format!("HYPERSTACK_API_BASE: {rule}"))?;
    }
    Ok(Client::new(UreqTransport::new(), config))
}
