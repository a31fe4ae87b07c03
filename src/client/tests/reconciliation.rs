//! Lost creations and publications: the account is searched before anything is sent again.

use super::*;
use crate::error::ErrorClass;
use crate::transport::HttpRequest;

/// A credential of a search: address, group key and `issued_on`.
struct Found<'a>(&'a str, &'a str, &'a str);

/// A page of a search with two entries at most.
fn page(number: u32, total: u32, found: &[Found<'_>]) -> Reply {
    let entries: Vec<String> = found
        .iter()
        .map(|Found(email, group_key, issued_on)| {
            VIEWED
                .replace("a@example.com", email)
                .replace("\"K\"", &format!("{group_key:?}"))
                .replace("2024-03-15T10:30:00Z", issued_on)
                .replace("\"success\":true,", "")
                .replace("\"metadata\"", "\"later\":[1],\"metadata\"")
        })
        .collect();
    let entries = entries.join(",");
    Reply::json(
        200,
        format!(r#"{{"success":true,"total":{total},"page":{number},"page_size":2,"credentials":[{entries}]}}"#),
    )
}

fn ours() -> Reply {
    page(1, 1, &[Found("a@example.com", GROUP_KEY, &at(1))])
}

fn other() -> Found<'static> {
    Found("xa@example.com", GROUP_KEY, "2027-01-15T08:00:01Z")
}

/// A page without entries, with an `Age` header.
fn cached(age: &str) -> Reply {
    Reply::response(crate::transport::HttpResponse {
        status: 200,
        content_type: Some("application/json".to_owned()),
        age: Some(age.to_owned()),
        body: br#"{"success":true,"total":0,"page":1,"page_size":2,"credentials":[]}"#.to_vec(),
        ..Default::default()
    })
}

fn none() -> Reply {
    page(1, 0, &[])
}

fn refused(status: u16) -> Reply {
    Reply::json(status, r#"{"success":false,"error":"x"}"#)
}

fn created() -> Reply {
    Reply::json(200, VIEWED)
}

/// What each request was: `create`, or `search` and the number of its page.
fn requests(client: &Client<MockTransport>) -> Vec<String> {
    let describe = |request: &HttpRequest| {
        if request.url.ends_with("/credentials/generate") {
            return "create".to_owned();
        }
        let body = parsed(request.body.as_deref().unwrap());
        ["search ", &json::to_string(body.get("page").unwrap())].concat()
    };
    client.transport().requests().iter().map(describe).collect()
}

#[test]
fn searches_for_a_lost_creation_before_it_is_sent_again() {
    for (replies, sent, expected) in [
        (vec![Reply::lost(), ours()], vec!["create", "search 1"], "reconciled"),
        (vec![Reply::never(), ours()], vec!["create", "search 1"], "reconciled"),
        (vec![unavailable(), ours()], vec!["create", "search 1"], "reconciled"),
        (vec![Reply::html(522, ""), ours()], vec!["create", "search 1"], "reconciled"),
        (vec![Reply::html(408, ""), ours()], vec!["create", "search 1"], "reconciled"),
        (vec![Reply::lost(), none(), created()], vec!["create", "search 1", "create"], "response"),
        // Carried out after it was searched: the duplicate rule says so.
        (vec![Reply::lost(), none(), exists(), ours()], vec!["create", "search 1", "create", "search 1"], "reconciled"),
        (
            vec![Reply::lost(), none(), exists(), none()],
            vec!["create", "search 1", "create", "search 1"],
            "ConflictError credential_exists",
        ),
        (vec![exists()], vec!["create"], "ConflictError credential_exists"),
        // The API refuses the second request for now, and carries the lost one out meanwhile.
        (
            vec![Reply::lost(), none(), Reply::json(429, "{}"), ours()],
            vec!["create", "search 1", "create", "search 1"],
            "reconciled",
        ),
        // It took the last credit, or the API refuses the second request for another reason, before the lost one shows.
        (
            vec![Reply::lost(), none(), refused(402), ours()],
            vec!["create", "search 1", "create", "search 1"],
            "reconciled",
        ),
        (
            vec![Reply::lost(), none(), refused(401), ours()],
            vec!["create", "search 1", "create", "search 1"],
            "reconciled",
        ),
        (
            vec![Reply::lost(), none(), Reply::json(429, "{}"), none(), created()],
            vec!["create", "search 1", "create", "search 1", "create"],
            "response",
        ),
        // Pages that contradict themselves do not say that it is missing.
        (vec![Reply::lost(), page(9, 0, &[])], vec!["create", "search 1"], "ConnectionError connection_failed"),
        (vec![Reply::lost(), page(1, 51, &[])], vec!["create", "search 1"], "ConnectionError connection_failed"),
        (vec![Reply::lost(), page(1, 2, &[other()])], vec!["create", "search 1"], "ConnectionError connection_failed"),
        (vec![Reply::lost(), page(1, 0, &[other()])], vec!["create", "search 1"], "ConnectionError connection_failed"),
        (vec![Reply::lost(), page(1, 3, &[other()])], vec!["create", "search 1"], "ConnectionError connection_failed"),
        (
            vec![Reply::lost(), page(1, 3, &[other(), other()]), page(2, 4, &[other(), other()])],
            vec!["create", "search 1", "search 2"],
            "ConnectionError connection_failed",
        ),
        // So does one out of a cache.
        (vec![Reply::lost(), cached("1")], vec!["create", "search 1"], "ConnectionError connection_failed"),
        (vec![Reply::lost(), cached("")], vec!["create", "search 1"], "ConnectionError connection_failed"),
        (vec![Reply::lost(), cached("0"), created()], vec!["create", "search 1", "create"], "response"),
        // It is there, whatever else is wrong with the page.
        (
            vec![Reply::lost(), page(1, 2, &[Found("a@example.com", GROUP_KEY, &at(1))])],
            vec!["create", "search 1"],
            "reconciled",
        ),
        // The search has its own retries; if it fails, nothing is created again.
        (vec![Reply::lost(), unavailable(), ours()], vec!["create", "search 1", "search 1"], "reconciled"),
        (vec![Reply::lost(), Reply::json(401, "{}")], vec!["create", "search 1"], "ConnectionError connection_failed"),
        (vec![Reply::lost(), Reply::json(200, "{}")], vec!["create", "search 1"], "ConnectionError connection_failed"),
        (
            vec![Reply::lost(), none(), Reply::lost(), none(), Reply::lost(), none()],
            vec!["create", "search 1", "create", "search 1", "create", "search 1"],
            "ConnectionError connection_failed",
        ),
    ] {
        let client = client(replies);
        let result = call(&client, &generate());
        assert_eq!(
            (requests(&client), ending(&result)),
            (sent.iter().map(ToString::to_string).collect(), expected.to_owned())
        );
        assert_eq!(client.transport().replies_left(), 0);
    }
}

#[test]
fn searches_for_a_creation_whose_response_cannot_be_read_and_never_sends_it_again() {
    for (reply, expected) in [
        (Reply::html(200, "<html>"), "ResponseError bad_content_type"),
        (Reply::json(200, "{\"success\":true}"), "ResponseError bad_shape"),
        (Reply::failure(crate::transport::TransportError::TooLarge), "ResponseError body_too_large"),
    ] {
        let found = client([reply.clone(), ours()]);
        assert_eq!(ending(&call(&found, &generate())), "reconciled");
        let not_found = client([reply, none()]);
        let error = call(&not_found, &generate()).unwrap_err();
        assert!(describe(&error).starts_with(expected), "{}", describe(&error));
        assert!(error.message.ends_with("; the request may have taken effect"), "{}", error.message);
        assert_eq!(requests(&not_found), ["create", "search 1"]);
    }
    let proxied = client([Reply::html(404, "<html>")]);
    assert_eq!(ending(&call(&proxied, &generate())), "ResponseError bad_content_type");
}

#[test]
fn says_that_a_refusal_after_a_loss_leaves_the_outcome_open() {
    let since = || CallOptions { may_exist_since: Some(Timestamp::from_ms(STARTED_MS)), ..CallOptions::default() };
    for status in [400, 401, 402, 403, 404, 409, 413, 429, 500] {
        let refused = || refused(status).retry_after("600");
        for search in [none(), Reply::json(401, "{}")] {
            let lost = client([Reply::lost(), none(), refused(), search]);
            let error = call(&lost, &generate()).unwrap_err();
            assert_eq!(requests(&lost), ["create", "search 1", "create", "search 1"]);
            assert_eq!((error.status, error.may_have_taken_effect, error.retryable), (Some(status), true, false));
            assert!(error.message.ends_with("; the request may have taken effect"), "{}", error.message);
        }
        let resumed = client([none(), refused(), none()]);
        let error = call_with(&resumed, &generate(), &since()).unwrap_err();
        assert_eq!((error.status, error.may_have_taken_effect), (Some(status), true));
        assert_eq!(requests(&resumed), ["search 1", "create", "search 1"]);
        let first = call(&client([refused()]), &generate()).unwrap_err();
        assert_eq!((first.may_have_taken_effect, first.retryable), (status == 500, status == 429));
    }
}

#[test]
fn says_that_a_creation_may_have_taken_effect_unless_the_api_refused_it() {
    let redirect = || Reply::failure(crate::transport::TransportError::Redirect { status: Some(303) });
    for reply in [refused(500), redirect(), Reply::html(404, "<html>")] {
        for error in [
            call(&client([reply.clone()]), &generate()).unwrap_err(),
            call(&client([reply.clone()]), &create_group()).unwrap_err(),
        ] {
            assert!(error.may_have_taken_effect && error.message.ends_with("; the request may have taken effect"));
        }
        assert!(!call(&client([reply]), &view()).unwrap_err().may_have_taken_effect);
    }
}

#[test]
fn returns_the_found_credential_as_it_would_have_been_created() {
    let client = client([Reply::lost(), ours()]);
    let response = call(&client, &generate()).unwrap();
    assert_eq!((response.status, response.attempts, response.reconciled), (200, 1, true));
    assert_eq!(response.data.document_id.as_str(), ID);
    let body = parsed(&response.text);
    assert_eq!(["success", "reconciled"].map(|name| body.get(name)), [Some(&Value::Bool(true)); 2]);
    assert_eq!(body.get("later"), Some(&parsed("[1]")), "unknown fields survive");
}

#[test]
fn waits_before_it_searches_and_sends_again_directly_after_it() {
    for (reply, wait_ms) in [
        (Reply::lost(), 500),
        (Reply::html(504, ""), 500),
        (unavailable().retry_after("3"), 3000),
        // No less than the backoff.
        (unavailable().retry_after("0"), 500),
        // More than is waited: the backoff, before the last word.
        (unavailable().retry_after("86400"), 500),
        (Reply::html(200, "<html>"), 500),
    ] {
        let client = client([reply, ours()]);
        assert_eq!(ending(&call(&client, &generate())), "reconciled");
        assert_eq!(client.transport().sleeps_ms(), [wait_ms]);
    }
    let sent_again = client([unavailable().retry_after("3"), none().after_ms(20), created()]);
    call(&sent_again, &generate()).unwrap();
    assert_eq!(sent_again.transport().sleeps_ms(), [3000], "no wait between the search and the second request");
    let given_up = client([unavailable().retry_after("86400"), none()]);
    let error = call(&given_up, &generate()).unwrap_err();
    assert_eq!((error.attempts, error.retry_after_ms, error.retryable), (1, Some(86_400_000), false));
}

/// An account in which a creation takes effect so many milliseconds after its request, although its response is lost.
fn slow_account(delay_ms: i64, reply: Reply) -> (Rc<MockTransport>, Rc<RefCell<u32>>) {
    let created = Rc::new(RefCell::new(0));
    let clock: Rc<RefCell<Option<Rc<MockTransport>>>> = Rc::default();
    let (counter, now) = (Rc::clone(&created), Rc::clone(&clock));
    let first_ms = RefCell::new(None);
    let transport = Rc::new(MockTransport::with_handler(move |request| {
        let now_ms = now.borrow().as_ref().map_or(0, |clock| crate::transport::Transport::now(&**clock).as_ms());
        if request.url.ends_with("/credentials/generate") {
            *counter.borrow_mut() += 1;
            first_ms.borrow_mut().get_or_insert(now_ms);
            return reply.clone();
        }
        if first_ms.borrow().is_some_and(|first_ms| first_ms + delay_ms <= now_ms) { ours() } else { none() }
    }));
    *clock.borrow_mut() = Some(Rc::clone(&transport));
    (transport, created)
}

#[test]
fn creates_no_second_credential_if_the_first_takes_effect_within_the_wait() {
    for (reply, delay_ms) in [
        (unavailable().retry_after("3"), 200),
        (Reply::html(504, ""), 100),
        (Reply::lost(), 100),
        (Reply::never(), 200),
    ] {
        let (transport, created) = slow_account(delay_ms, reply);
        let client = Client::new(&*transport, config());
        let result = block_on(client.send_with(&generate(), &CallOptions::default()));
        assert_eq!((ending(&result).as_str(), *created.borrow()), ("reconciled", 1));
    }
}

/// How a lost creation ends if the search finds this.
fn outcome(email: &str, found: Found<'_>) -> (String, String) {
    let client = client([Reply::lost(), page(1, 1, &[found]), created()]);
    let result = call(&client, &generate_for(email));
    let message = result.as_ref().map_or_else(|error| error.message.clone(), |_| String::new());
    (ending(&result), message)
}

#[test]
fn recognizes_the_lost_credential_as_accounts_write_it() {
    for (email, found) in [
        ("Zoe@Example.com", Found("Zoe@Example.com", GROUP_KEY, &at(1))),
        ("Zoe@Example.com", Found("zoe@example.com", GROUP_KEY, &at(1))),
        ("Zoe@Example.com", Found("Zoe@example.com", GROUP_KEY, &at(1))),
        ("ZOË@example.com", Found("zoë@example.com", GROUP_KEY, &at(1))),
        // The lower case of a sigma depends on its place.
        ("\u{3a3}\u{3a3}@example.com", Found("\u{3c3}\u{3c3}@example.com", GROUP_KEY, &at(1))),
        // The account's clock is five minutes behind, or ahead.
        ("a@example.com", Found("a@example.com", GROUP_KEY, &at(-300))),
        ("a@example.com", Found("a@example.com", GROUP_KEY, &at(600))),
        // The day only: the mock's clock starts in the morning of 2027-01-15.
        ("a@example.com", Found("a@example.com", GROUP_KEY, "2027-01-15")),
        ("a@example.com", Found("a@example.com", GROUP_KEY, "2027-01-15T00:00:00Z")),
    ] {
        assert_eq!(outcome(email, found).0, "reconciled");
    }
    for day in ["2027-01-15", "2027-01-15T00:00:00Z"] {
        let client = client([Reply::lost(), page(1, 1, &[Found("a@example.com", GROUP_KEY, day)])]);
        let response = call(&client, &generate()).unwrap();
        assert_eq!(parsed(&response.text).get("issued_on").and_then(Value::as_str), Some("2027-01-15T00:00:00Z"));
    }
}

#[test]
fn stops_at_a_near_match_and_says_what_it_found() {
    for (email, found, difference) in [
        ("a@example.com", Found("a@example.com", "gci6h5b66a3v", &at(1)), "whose group key differs only in case"),
        ("a@example.com", Found("a@example.com", GROUP_KEY, "yesterday"), "whose issued_on is not a valid date"),
        (
            "a@example.com",
            Found("a@example.com", GROUP_KEY, "2027-01-15T08:00:01"),
            "whose issued_on is not a valid date",
        ),
        ("a@example.com", Found("a@example.com", GROUP_KEY, &at(-360)), "issued up to an hour before this call"),
        ("a@example.com", Found("a@example.com", GROUP_KEY, &at(-3900)), "issued up to an hour before this call"),
        (
            "\u{ff5a}oe@example.com",
            Found("zoe@example.com", GROUP_KEY, &at(1)),
            "with the same address in another Unicode form",
        ),
        (
            "zoe@example.com",
            Found("zoe@example\u{ff61}com", GROUP_KEY, &at(1)),
            "with the same address in another Unicode form",
        ),
        ("a@example.com", Found("a@example.com", GROUP_KEY, "2027-01-14"), "issued on the previous day"),
        ("a@example.com", Found("a@example.com", GROUP_KEY, "2027-01-14T00:00:00Z"), "issued on the previous day"),
        (
            "zo\u{eb}@example.com",
            Found("zoe\u{308}@example.com", GROUP_KEY, &at(1)),
            "with the same address in another Unicode form",
        ),
        (
            "zoe@b\u{fc}cher.example",
            Found("zoe@xn--bcher-kva.example", GROUP_KEY, &at(1)),
            "whose address differs only in how the domain is written",
        ),
        (
            "Zoe@xn--bcher-kva.example",
            Found("zoe@B\u{dc}CHER.example", GROUP_KEY, &at(1)),
            "whose address differs only in how the domain is written",
        ),
        (
            "zoe@stra\u{df}e.example",
            Found("zoe@strasse.example", GROUP_KEY, &at(1)),
            "whose address differs only in how the domain is written",
        ),
    ] {
        let (ended, message) = outcome(email, found);
        assert_eq!(ended, "ResponseError outcome_unknown");
        assert!(message.contains(difference), "{message}");
        assert!(message.ends_with("; the request may have taken effect"), "{message}");
        assert!(!message.contains('@'), "{message}");
    }
}

#[test]
fn sends_again_if_only_other_credentials_are_found() {
    let older = at(-3901);
    for found in [
        Found("aa@example.com", GROUP_KEY, &at(1)),
        Found("a@example.com.au", GROUP_KEY, "yesterday"),
        Found("a@example.com", "GcI6H5b66a3v2", &at(1)),
        Found("a@example.com", GROUP_KEY, &older),
        Found("A@example.com", "gci6h5b66a3v", &older),
        Found("a@example.com", GROUP_KEY, "2020-01-01T00:00:00Z"),
        Found("a@example.com", GROUP_KEY, "2027-01-13"),
        Found("a@example.com", GROUP_KEY, "2027-01-13T00:00:00Z"),
        Found("a@example.com", GROUP_KEY, "2027-01-15T00:00:01Z"),
    ] {
        assert_eq!(outcome("a@example.com", found).0, "response");
    }
    for found in [
        "zoe@xn--bcher-kva.b.example",
        "zoe@xn--bcher-kva.com",
        "chloe@xn--bcher-kva.example",
        "zoe@b\u{e4}cher.example",
        "zoe",
    ] {
        let found = page(1, 1, &[Found(found, GROUP_KEY, &at(1))]);
        let client = client([Reply::lost(), found, none(), created()]);
        assert_eq!(ending(&call(&client, &generate_for("zoe@b\u{fc}cher.example"))), "response");
    }
}

#[test]
fn prefers_the_lost_credential_to_a_near_match() {
    let similar = || Found("a@example.com", "gci6h5b66a3v", "2027-01-15T08:00:01Z");
    let issued_on = at(1);
    let ours = Found("a@example.com", GROUP_KEY, &issued_on);
    let found = client([Reply::lost(), page(1, 3, &[similar(), similar()]), page(2, 3, &[ours])]);
    assert_eq!(ending(&call(&found, &generate())), "reconciled");
    let stopped = client([Reply::lost(), page(1, 3, &[similar(), similar()]), page(2, 3, &[])]);
    assert_eq!(ending(&call(&stopped, &generate())), "ResponseError outcome_unknown");
}

#[test]
fn reads_further_pages_and_stops_after_twenty() {
    let other = || Found("xa@example.com", GROUP_KEY, "2027-01-15T08:00:01Z");
    let issued_on = at(1);
    let second = client([
        Reply::lost(),
        page(1, 3, &[other(), other()]),
        page(2, 3, &[Found("a@example.com", GROUP_KEY, &issued_on)]),
    ]);
    assert_eq!(ending(&call(&second, &generate())), "reconciled");
    // Too many credentials match the address, so the search is repeated with the group, and no further.
    let pages = [1].into_iter().chain(1..=21).map(|number| page(number, 1000, &[other(), other()]));
    let endless = client(std::iter::once(Reply::lost()).chain(pages));
    assert_eq!(ending(&call(&endless, &generate())), "ConnectionError connection_failed");
    assert_eq!((requests(&endless).len(), endless.transport().replies_left()), (22, 1));
    let group_keys: Vec<_> = filters(&endless).into_iter().map(|(_, group_key)| group_key).collect();
    assert_eq!(group_keys, [vec![None], vec![Some(GROUP_KEY.to_owned()); 20]].concat());
    let narrowed = client([Reply::lost(), page(1, 41, &[other(), other()]), none(), created()]);
    assert_eq!(ending(&call(&narrowed, &generate())), "response");
    let on_the_first_page =
        client([Reply::lost(), page(1, 41, &[other(), Found("a@example.com", GROUP_KEY, &issued_on)])]);
    assert_eq!(ending(&call(&on_the_first_page, &generate())), "reconciled");
}

/// The address and the group key of each search.
fn filters(client: &Client<MockTransport>) -> Vec<(String, Option<String>)> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let filter = |request: &HttpRequest| {
        let body = parsed(request.body.as_deref().unwrap());
        let email = text(body.get("recipient").and_then(|recipient| recipient.get("email")));
        (email.unwrap(), text(body.get("group_key")))
    };
    let searches = client.transport().requests().into_iter().filter(|request| request.url.ends_with("/search"));
    searches.map(|request| filter(&request)).collect()
}

#[test]
fn searches_in_every_form_that_an_account_may_store() {
    for (email, searched) in [
        ("zoe@example.com", vec!["zoe@example.com"]),
        ("Zoe@Example.com", vec!["Zoe@Example.com", "zoe@example.com", "Zoe@example.com"]),
        ("zoe@Example.com", vec!["zoe@Example.com", "zoe@example.com"]),
        ("zoe@b\u{fc}cher.example", vec!["zoe@b\u{fc}cher.example", "zoe@"]),
        ("zoe@XN--bcher-kva.example", vec!["zoe@XN--bcher-kva.example", "zoe@"]),
        ("zoe@mail.xn--bcher-kva.example", vec!["zoe@mail.xn--bcher-kva.example", "zoe@"]),
        ("Zoe@b\u{fc}cher.example", vec!["Zoe@b\u{fc}cher.example", "zoe@", "Zoe@"]),
        ("zo\u{eb}@example.com", vec!["zo\u{eb}@example.com", "zoe\u{308}@example.com"]),
        ("\u{fb01}ona@example.com", vec!["\u{fb01}ona@example.com", "fiona@example.com"]),
        ("\u{ff5a}oe@example.com", vec!["\u{ff5a}oe@example.com", "zoe@example.com"]),
        (
            "\u{3a3}\u{3a3}@example.com",
            vec!["\u{3a3}\u{3a3}@example.com", "\u{3c3}\u{3c2}@example.com", "\u{3c3}\u{3c3}@example.com"],
        ),
        (
            "Zoe\u{308}@example.com",
            vec!["Zoe\u{308}@example.com", "zo\u{eb}@example.com", "zoe\u{308}@example.com", "Zo\u{eb}@example.com"],
        ),
    ] {
        let replies = std::iter::once(Reply::lost()).chain(searched.iter().map(|_| none())).chain([created()]);
        let client = client(replies);
        assert_eq!(ending(&call(&client, &generate_for(email))), "response", "{email}");
        let expected: Vec<_> = searched.into_iter().map(|email| (email.to_owned(), None)).collect();
        assert_eq!(filters(&client), expected);
    }
    // A credential that is found in any form ends the search.
    for (before, found) in [(0, "Zoe@Example.com"), (1, "zoe@example.com"), (2, "Zoe@example.com")] {
        let reply = page(1, 1, &[Found(found, GROUP_KEY, &at(1))]);
        let client = client(std::iter::once(Reply::lost()).chain((0..before).map(|_| none())).chain([reply]));
        assert_eq!(ending(&call(&client, &generate_for("Zoe@Example.com"))), "reconciled", "{found}");
    }
}

#[test]
fn reads_no_more_of_others_credentials_than_it_compares() {
    let broken = r#"{"recipient":{"email":"xa@example.com"},"group":{"key":"GcI6H5b66a3v"},"issued_on":7}"#;
    let others =
        Reply::json(200, format!(r#"{{"success":true,"total":1,"page":1,"page_size":50,"credentials":[{broken}]}}"#));
    assert_eq!(ending(&call(&client([Reply::lost(), others, created()]), &generate())), "response");
    // What cannot be compared may be the lost one.
    let unreadable =
        Reply::json(200, r#"{"success":true,"total":1,"page":1,"page_size":50,"credentials":[{"recipient":{}}]}"#);
    let stopped = client([Reply::lost(), unreadable]);
    assert_eq!(ending(&call(&stopped, &generate())), "ConnectionError connection_failed");
}

#[test]
fn searches_without_an_effect_on_the_quota() {
    let client = client([Reply::lost(), none()]);
    client.config.quota.set(3);
    let error = call(&client, &generate()).unwrap_err();
    // A search that succeeds returns 1; a retry costs 5.
    assert_eq!((error.class, error.attempts, client.config.quota.get()), (ErrorClass::Connection, 1, 4));
    assert!(error.message.ends_with("retry quota is used up"), "{}", error.message);
}

#[test]
fn does_not_search_when_the_time_is_up() {
    let client = client([Reply::never()]);
    let options =
        limits(LimitOptions { timeout_ms: Some(9000), total_timeout_ms: Some(1000), ..LimitOptions::default() });
    let error = call_with(&client, &generate(), &options).unwrap_err();
    assert_eq!((error.class, error.attempts, error.retryable), (ErrorClass::Timeout, 1, false));
    assert!(error.message.ends_with("; the request may have taken effect"), "{}", error.message);
    assert_eq!(sent(&client).len(), 1);
}

#[test]
fn sends_nothing_again_when_the_search_has_used_up_the_time() {
    let client = client([Reply::lost(), none().after_ms(59_500), created()]);
    let options = limits(LimitOptions { timeout_ms: Some(60_000), ..LimitOptions::default() });
    let error = call_with(&client, &generate(), &options).unwrap_err();
    assert_eq!(
        (error.class, requests(&client)),
        (ErrorClass::Connection, vec!["create".to_owned(), "search 1".to_owned()])
    );
}

/// A call after one that began an hour before.
fn since_an_hour(
    replies: impl IntoIterator<Item = Reply>,
) -> (Vec<String>, Result<Response<crate::model::Credential>, Error>) {
    let client = client(replies);
    let options = CallOptions {
        may_exist_since: Some(Timestamp::from_ms(STARTED_MS - 3_600_000)),
        ..limits(LimitOptions { max_retries: Some(0), ..LimitOptions::default() })
    };
    let result = call_with(&client, &generate(), &options);
    (requests(&client), result)
}

#[test]
fn searches_for_an_earlier_creation_before_anything_is_sent() {
    let at_seconds = |seconds| page(1, 1, &[Found("a@example.com", GROUP_KEY, &at(seconds))]);
    for (replies, sent, expected) in [
        (vec![at_seconds(-3599)], vec!["search 1"], "reconciled"),
        (vec![at_seconds(-3900)], vec!["search 1"], "reconciled"),
        (vec![at_seconds(-7501), created()], vec!["search 1", "create"], "response"),
        (vec![none(), exists(), ours()], vec!["search 1", "create", "search 1"], "reconciled"),
        (vec![none(), exists(), none()], vec!["search 1", "create", "search 1"], "ConflictError credential_exists"),
    ] {
        let (requests, result) = since_an_hour(replies);
        assert_eq!(
            (requests.iter().map(String::as_str).collect::<Vec<_>>(), ending(&result).as_str()),
            (sent, expected)
        );
    }
}

#[test]
fn sends_nothing_if_it_is_not_known_whether_the_earlier_creation_was_carried_out() {
    let earlier = page(1, 1, &[Found("a@example.com", GROUP_KEY, &at(-3901))]);
    for (replies, code, retryable) in [
        (vec![Reply::lost()], "connection_failed", true),
        (vec![Reply::json(401, "{}")], "unauthorized", false),
        (vec![earlier], "outcome_unknown", false),
    ] {
        let (requests, result) = since_an_hour(replies);
        let error = result.unwrap_err();
        assert_eq!((requests, &*error.code, error.attempts), (vec!["search 1".to_owned()], code, 0));
        assert_eq!((error.operation, error.retryable), ("credentials.generate", retryable));
        assert!(error.message.ends_with("nothing was sent"), "{}", error.message);
    }
    let (requests, result) = since_an_hour([none().after_ms(60_000)]);
    assert_eq!((requests.len(), result.unwrap_err().class), (1, ErrorClass::Timeout));
}

#[test]
fn searches_from_its_own_start_if_may_exist_since_is_in_the_future() {
    let client = client([none(), Reply::lost(), ours()]);
    let options =
        CallOptions { may_exist_since: Some(Timestamp::from_ms(1_900_000_000_000)), ..CallOptions::default() };
    assert_eq!(ending(&call_with(&client, &generate(), &options)), "reconciled");
}

#[test]
fn retries_a_lost_publication_and_checks_a_refusal_then() {
    let refused = || Reply::json(400, r#"{"success":false,"error":"x","error_code":"invalid_status"}"#);
    let done = || Reply::json(200, r#"{"success":true,"message":"Credential published successfully"}"#);
    let viewed = |status: &str| Reply::json(200, VIEWED.replace("active", status));
    for (replies, requests, expected) in [
        (vec![done()], 1, "response"),
        (vec![Reply::lost(), done()], 2, "response"),
        (vec![Reply::lost(), refused(), viewed("active")], 3, "reconciled"),
        (vec![unavailable(), refused(), viewed("active")], 3, "reconciled"),
        (vec![Reply::lost(), refused(), viewed("suspended")], 3, "reconciled"),
        (vec![Reply::lost(), refused(), viewed("expired")], 3, "reconciled"),
        (vec![Reply::lost(), refused(), viewed("revoked")], 3, "reconciled"),
        (vec![Reply::lost(), refused(), viewed("unpublished")], 3, "BadRequestError invalid_status"),
        (vec![Reply::lost(), refused(), viewed("draft")], 3, "BadRequestError invalid_status"),
        (vec![refused()], 1, "BadRequestError invalid_status"),
        (vec![Reply::lost(), refused(), Reply::json(401, "{}")], 3, "ResponseError outcome_unknown"),
    ] {
        let client = client(replies);
        let ended = ending(&call(&client, &publish()));
        assert_eq!((ended.as_str(), sent(&client).len()), (expected, requests));
    }
    for status in ["pending", "failed", "deleted", "unpublished ", "Unpublished", "published"] {
        let client = client([Reply::lost(), refused(), viewed(status)]);
        let error = call(&client, &publish()).unwrap_err();
        assert_eq!(describe(&error), "ResponseError outcome_unknown", "{status}");
        assert_eq!((error.attempts, error.status, error.retryable), (2, Some(400), false));
        assert!(error.message.contains("may have taken effect"), "{}", error.message);
    }
    let client = client([Reply::lost(), refused(), viewed("active")]);
    let response = call(&client, &publish()).unwrap();
    assert_eq!(response.text, r#"{"success":true,"message":"Credential is published","reconciled":true}"#);
}
