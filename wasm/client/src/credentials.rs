//! Credentials: certificates and badges issued to a person.

use hyperstack_credentials::api::{
    GenerateCredential, IssueCredential, ListCredentials, PublishCredential, SearchCredentials, UpdateCredential,
    ViewCredential,
};
use hyperstack_interop::{call_api, check_arguments};
use wasm_bindgen::prelude::*;

/// Creates a draft (`POST /v1/credentials/generate`). After a lost response the account is searched before anything is sent
/// again; what is found is returned with `reconciled: true`.
#[wasm_bindgen(js_name = generateCredential, unchecked_return_type = "ApiResponse<DraftCredential>")]
pub async fn generate_credential(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "GenerateCredentialParams")] params: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(&config, &options, |arguments| arguments.body(&params).map(GenerateCredential), None).await
}

/// Creates a credential and publishes it at once (`POST /v1/credentials/new`). The API mails the recipient unless the group
/// says otherwise. A lost response is reconciled as with `generateCredential`.
#[wasm_bindgen(js_name = issueCredential, unchecked_return_type = "ApiResponse<IssuedCredential>")]
pub async fn issue_credential(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "GenerateCredentialParams")] params: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(&config, &options, |arguments| arguments.body(&params).map(IssueCredential), None).await
}

/// Validates the arguments of `issueCredential` by the same rules, and sends nothing.
#[allow(clippy::unused_async, reason = "every export returns a promise")]
#[wasm_bindgen(js_name = checkNewCredential, unchecked_return_type = "undefined")]
pub async fn check_new_credential(
    #[wasm_bindgen(unchecked_param_type = "GenerateCredentialParams")] params: JsValue,
) -> Result<JsValue, JsValue> {
    check_arguments::<IssueCredential>(|arguments| arguments.body(&params).map(IssueCredential))
}

/// Publishes a draft (`POST /v1/credential/{document_id}/publish`). Publication is queued: the credential need not be active
/// right after.
#[wasm_bindgen(js_name = publishCredential, unchecked_return_type = "ApiResponse<PublishedCredential>")]
pub async fn publish_credential(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "string")] document_id: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    let publish = |document_id| PublishCredential { document_id };
    call_api(&config, &options, |arguments| arguments.document_id(&document_id).map(publish), None).await
}

/// Reads a credential of this account (`GET /v1/credential/{document_id}/view`).
#[wasm_bindgen(js_name = viewCredential, unchecked_return_type = "ApiResponse<Credential>")]
pub async fn view_credential(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "string")] document_id: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    let view = |document_id| ViewCredential { document_id };
    call_api(&config, &options, |arguments| arguments.document_id(&document_id).map(view), None).await
}

/// Sets or removes the expiry of a credential (`POST /v1/credential/{document_id}/update`). Nothing else of it can be changed.
#[wasm_bindgen(js_name = updateCredential, unchecked_return_type = "ApiResponse<Done>")]
pub async fn update_credential(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "string")] document_id: JsValue,
    #[wasm_bindgen(unchecked_param_type = "UpdateCredentialParams")] params: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(
        &config,
        &options,
        |arguments| {
            let document_id = arguments.document_id(&document_id);
            let expiry = arguments.body(&params);
            Some(UpdateCredential { document_id: document_id?, expiry: expiry? })
        },
        None,
    )
    .await
}

/// Reads a page of all credentials, the last published first (`POST /v1/credentials/all`).
#[wasm_bindgen(js_name = listCredentials, unchecked_return_type = "ApiResponse<CredentialPage>")]
pub async fn list_credentials(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "PageParams")] params: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(&config, &options, |arguments| arguments.optional_body(&params).map(ListCredentials), None).await
}

/// Reads a page of the credentials that match everything given (`POST /v1/credentials/search`). Names, addresses and keys match
/// in part: compare the results.
#[wasm_bindgen(js_name = searchCredentials, unchecked_return_type = "ApiResponse<CredentialPage>")]
pub async fn search_credentials(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "SearchCredentialsParams")] params: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(&config, &options, |arguments| arguments.optional_body::<SearchCredentials>(&params), None).await
}
