use aws_sdk_secretsmanager::Client;
use drlab_core::domain::{Receipt, What};

use super::receipt::{accepted, failed, refused};

pub(super) async fn apply(secrets: &Client, what: &What) -> Receipt {
    match what {
        What::PromoteSecret { secret } => {
            let answer = secrets.stop_replication_to_replica().secret_id(secret).send().await;
            answer.map_or_else(|error| failed(&error), |promoted| accepted([("arn", promoted.arn)]))
        }
        What::PointSecret { secret, host, port, token } => point(secrets, secret, host, *port, token).await,
        _ => refused("NotHere", "Secrets Manager does not do that"),
    }
}

/// The one place where a secret's value is read. It is merged and written back at once, and nothing of it is told, logged or kept.
async fn point(secrets: &Client, secret: &str, host: &str, port: i32, token: &str) -> Receipt {
    let value = match secrets.get_secret_value().secret_id(secret).send().await {
        Ok(value) => value.secret_string.unwrap_or_default(),
        Err(error) => return failed(&error),
    };
    let merged = match merge(&value, host, port) {
        Ok(Some(merged)) => merged,
        Ok(None) => return accepted([("status", Some("unchanged".to_owned()))]),
        Err(why) => return refused("NoJson", why),
    };
    let answer = secrets.put_secret_value().secret_id(secret).client_request_token(token).secret_string(merged).send().await;
    answer.map_or_else(|error| failed(&error), |put| accepted([("version", put.version_id)]))
}

/// Host and port changed, all else as it was; `None` if there is nothing to change.
fn merge(value: &str, host: &str, port: i32) -> Result<Option<String>, &'static str> {
    // What is wrong with it must not be said by an error that quotes it.
    let mut fields: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(value).map_err(|_| "the secret is no JSON object, so nobody knows where its host is")?;
    let same_host = fields.get("host").and_then(serde_json::Value::as_str) == Some(host);
    // Some write the port as a number, some as text, some leave it out.
    let (port_now, as_text) = match fields.get("port") {
        Some(serde_json::Value::String(text)) => (text.parse().ok(), true),
        Some(number) => (number.as_i64(), false),
        None => (Some(i64::from(port)), false),
    };
    if same_host && port_now == Some(i64::from(port)) {
        return Ok(None);
    }
    fields.insert("host".to_owned(), host.into());
    if fields.contains_key("port") {
        fields.insert("port".to_owned(), if as_text { port.to_string().into() } else { port.into() });
    }
    serde_json::to_string(&fields).map(Some).map_err(|_| "the secret could not be written as JSON again")
}

#[cfg(test)]
mod tests {
    use super::merge;

    #[test]
    fn host_and_port_change_and_nothing_else() {
        let merged = merge(r#"{"username":"u","password":"p\"q","host":"old","port":5432}"#, "new", 5433).unwrap().unwrap();
        let merged: serde_json::Value = serde_json::from_str(&merged).unwrap();
        assert_eq!(merged, serde_json::json!({ "username": "u", "password": "p\"q", "host": "new", "port": 5433 }));
        let text = merge(r#"{"host":"old","port":"5432"}"#, "new", 5433).unwrap().unwrap();
        assert!(text.contains(r#""port":"5433""#));
        assert_eq!(merge(r#"{"host":"new","port":5432}"#, "new", 5432), Ok(None));
        assert_eq!(merge(r#"{"host":"new"}"#, "new", 5432), Ok(None));
    }

    #[test]
    fn what_is_no_object_is_left_alone_and_not_quoted() {
        for value in ["hunter2", "", "[1]", "\"hunter2\""] {
            let why = merge(value, "new", 1).unwrap_err();
            assert!(!why.contains("hunter2"));
        }
    }
}
