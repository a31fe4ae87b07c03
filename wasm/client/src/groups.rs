//! Credential groups.

use hyperstack_credentials::api::{CreateGroup, ListGroups, SearchGroups, UpdateGroup, ViewGroup};
use hyperstack_credentials::model::Tags;
use hyperstack_interop::{call_api, set_member, text_member};
use wasm_bindgen::prelude::*;

/// Creates a group (`POST /v1/groups/new`). Never retried after a lost response: the error then says that the group may exist.
#[wasm_bindgen(js_name = createGroup, unchecked_return_type = "ApiResponse<CreatedGroup>")]
pub async fn create_group(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "CreateGroupParams")] params: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(&config, &options, |arguments| arguments.body(&params).map(CreateGroup), None).await
}

/// Reads a group (`GET /v1/group/view/{group_key}`).
#[wasm_bindgen(js_name = viewGroup, unchecked_return_type = "ApiResponse<Group>")]
pub async fn view_group(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "string")] group_key: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(
        &config,
        &options,
        |arguments| arguments.group_key(&group_key).map(|group_key| ViewGroup { group_key }),
        Some(|group| {
            if let Some(joined) = text_member(group, "tags") {
                set_member(group, "tags", &Tags::split(&joined));
            }
        }),
    )
    .await
}

/// Changes what is given of a group (`POST /v1/group/update/{group_key}`).
#[wasm_bindgen(js_name = updateGroup, unchecked_return_type = "ApiResponse<Done>")]
pub async fn update_group(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "string")] group_key: JsValue,
    #[wasm_bindgen(unchecked_param_type = "UpdateGroupParams")] params: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(
        &config,
        &options,
        |arguments| {
            let group_key = arguments.group_key(&group_key);
            let changes = arguments.body(&params);
            Some(UpdateGroup { group_key: group_key?, changes: changes? })
        },
        None,
    )
    .await
}

/// Reads a page of all groups (`POST /v1/groups/all`).
#[wasm_bindgen(js_name = listGroups, unchecked_return_type = "ApiResponse<ListedGroupPage>")]
pub async fn list_groups(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "PageParams")] params: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(&config, &options, |arguments| arguments.optional_body(&params).map(ListGroups), None).await
}

/// Reads a page of the groups with a title (`POST /v1/groups/search`). Titles match in part: compare the results.
#[wasm_bindgen(js_name = searchGroups, unchecked_return_type = "ApiResponse<FoundGroupPage>")]
pub async fn search_groups(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "SearchGroupsParams")] params: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(&config, &options, |arguments| arguments.optional_body::<SearchGroups>(&params), None).await
}
