//! Creates the demonstration: its credentials and the links to try.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    account::Account,
    clock,
    store::{Credential, Disguise, Group, Lifecycle, Stamp, Store, public_url},
};

/// What the store holds at the start.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Seed {
    /// Nothing.
    #[default]
    None,
    /// A credential for every verdict a verifier can come to.
    Demo,
}

/// A link to try, named after the verdict it leads to.
#[derive(Serialize)]
pub(crate) struct Sample {
    name: &'static str,
    input: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_name: Option<&'static str>,
}

// Readable, and the same in every run, so that links to them stay good.
const VALID: &str = "DemoValid00000000000000000000001";
const PRIVATE: &str = "DemoValidPrivate0000000000000002";
const EXPIRED: &str = "DemoExpired000000000000000000003";
const SUSPENDED: &str = "DemoSuspended0000000000000000004";
const REVOKED: &str = "DemoRevoked000000000000000000005";
const UNPUBLISHED: &str = "DemoUnpublished00000000000000006";
const NOT_YET_VALID: &str = "DemoNotYetValid00000000000000007";
const UNREACHABLE: &str = "DemoIndeterminate000000000000008";
/// In no store.
const NOT_FOUND: &str = "DemoNotFoundInAccount00000000009";

const CLIMATE: (&str, &str, &str) = ("DemoClimate1", "Climate Data Analysis", "CDA-2");
const ENERGY: (&str, &str, &str) = ("DemoEnergie1", "Energieberatung für Gebäude", "EG-12");
const FIRST_AID: (&str, &str, &str) = ("DemoFirstAid", "First Aid at Work", "FA 3");

/// The store to begin with. Dates are relative to `now`, so that the demonstration never ages.
pub(crate) fn planted(seed: Seed, balance: Option<u64>, account: Account) -> Store {
    let mut store = Store::empty(seed, balance, account);
    let now = clock::now();
    if seed == Seed::Demo {
        for (key, title, code) in [CLIMATE, ENERGY, FIRST_AID] {
            store.put_group(Group::named(key, title, code, now));
        }
        for credential in demonstration(now) {
            store.put_credential(credential);
        }
    }
    store
}

fn demonstration(now: Timestamp) -> [Credential; 8] {
    let days = |days| Stamp::from(clock::days_later(now, days));
    let fixed = |status: &str| Lifecycle::Fixed(status.to_owned());
    let blank = |id: &str, name: &str, email: &str, group: (&str, &str, &str)| Credential {
        document_id: id.to_owned(),
        document_url: public_url(id),
        recipient_name: name.to_owned(),
        recipient_email: email.to_owned(),
        group_key: group.0.to_owned(),
        issued_on: days(-150),
        valid_until: Stamp::never(),
        metadata: json!({}),
        lifecycle: Lifecycle::Published,
        privacy: Some("public".to_owned()),
        disguise: Disguise::default(),
    };
    [
        Credential {
            valid_until: days(580),
            metadata: json!({"custom_location": "Kraków", "custom_grade": "With distinction"}),
            ..blank(VALID, "Łucja Żółkiewska", "lucja@example.com", CLIMATE)
        },
        Credential {
            privacy: Some("private".to_owned()),
            metadata: json!({"custom_location": "Gaillimh"}),
            ..blank(PRIVATE, "Siobhán Ní Bhriain", "siobhan@example.com", FIRST_AID)
        },
        Credential {
            issued_on: days(-1200),
            valid_until: days(-105),
            lifecycle: fixed("expired"),
            ..blank(EXPIRED, "Nguyễn Thị Ánh", "anh@example.com", FIRST_AID)
        },
        Credential {
            lifecycle: fixed("suspended"), ..blank(SUSPENDED, "João Gonçalves", "joao@example.com", ENERGY)
        },
        Credential { lifecycle: fixed("revoked"), ..blank(REVOKED, "Zoë van der Berg", "zoe@example.com", CLIMATE) },
        Credential {
            issued_on: days(-2),
            lifecycle: Lifecycle::Draft,
            ..blank(UNPUBLISHED, "Ayşe Yıldız", "ayse@example.com", CLIMATE)
        },
        Credential { issued_on: days(365), ..blank(NOT_YET_VALID, "山田 花子", "hanako@example.com", ENERGY) },
        Credential {
            disguise: Disguise { always_status: Some(503), ..Disguise::default() },
            ..blank(UNREACHABLE, "Chukwuemeka Okafor", "emeka@example.com", ENERGY)
        },
    ]
}

/// The links to try, in the order to show them.
pub(crate) fn samples(seed: Seed) -> Vec<Sample> {
    if seed == Seed::None {
        return Vec::new();
    }
    let link = |name, id| Sample { name, input: public_url(id), recipient_name: None };
    vec![
        link("valid", VALID),
        link("expired", EXPIRED),
        link("suspended", SUSPENDED),
        link("revoked", REVOKED),
        link("unpublished", UNPUBLISHED),
        link("not_yet_valid", NOT_YET_VALID),
        link("not_found_in_account", NOT_FOUND),
        Sample {
            // Begins like the true one, which is all that many people look at.
            input: format!("https://hyperstack.id.verify-certificates.example/credential/{VALID}"),
            ..link("untrusted_host", VALID)
        },
        Sample {
            // A link that lost its end in a line break.
            input: public_url(VALID.trim_end_matches(|last: char| last.is_ascii_digit())),
            ..link("malformed_input", VALID)
        },
        Sample { recipient_name: Some("Marta Nowak"), ..link("recipient_mismatch", VALID) },
        link("indeterminate", UNREACHABLE),
        link("valid_private", PRIVATE),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ids_have_the_documented_form() {
        for id in [VALID, PRIVATE, EXPIRED, SUSPENDED, REVOKED, UNPUBLISHED, NOT_YET_VALID, UNREACHABLE, NOT_FOUND] {
            assert_eq!(id.len(), 32, "{id}");
            assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        }
    }

    #[test]
    fn all_credentials_belong_to_a_planted_group() {
        let now = clock::now();
        let mut store = planted(Seed::Demo, None, Account::default());
        for credential in demonstration(now) {
            assert!(store.view(&credential.document_id, now).is_some());
        }
    }
}
