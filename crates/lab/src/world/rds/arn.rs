//! Names: identifiers, ARNs, and the errors RDS answers when they lead nowhere.

use drlab_core::domain::Region;

use super::super::ApiError;

/// `arn:aws:rds:REGION:ACCOUNT:KIND:NAME`. Names of automated snapshots contain a colon themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arn {
    pub(super) region: Region,
    pub(super) kind: String,
    pub(super) name: String,
}

impl Arn {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(7, ':');
        if (parts.next(), parts.next(), parts.next()) != (Some("arn"), Some("aws"), Some("rds")) {
            return None;
        }
        let (region, _account, kind, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        (!kind.is_empty() && !name.is_empty()).then(|| Self {
            region: Region::new(region),
            kind: kind.to_owned(),
            name: name.to_ascii_lowercase(),
        })
    }
}

/// RDS takes an ARN wherever it takes an identifier, and stores identifiers in lower case.
pub(super) fn name_of(text: &str) -> String {
    Arn::parse(text).map_or_else(|| text.to_ascii_lowercase(), |arn| arn.name)
}

/// An identifier somebody wants to give to something new.
pub(super) fn new_name(text: &str, what: &str, longest: usize) -> Result<String, ApiError> {
    let name = text.to_ascii_lowercase();
    let fits = (1..=longest).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !name.ends_with('-')
        && !name.contains("--");
    if fits {
        return Ok(name);
    }
    Err(invalid(format!(
        "The parameter {what} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, \
         and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
    )))
}

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValue", 400, message)
}

pub(super) fn combination(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterCombination", 400, message)
}

pub(super) fn instance_state(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidDBInstanceState", 400, message)
}

pub(super) fn cluster_state(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidDBClusterStateFault", 400, message)
}

pub(super) fn global_state(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidGlobalClusterStateFault", 400, message)
}

pub(super) fn no_instance(id: &str) -> ApiError {
    ApiError::new("DBInstanceNotFound", 404, format!("DBInstance {id} not found."))
}

pub(super) fn no_cluster(id: &str) -> ApiError {
    ApiError::new("DBClusterNotFoundFault", 404, format!("DBCluster {id} not found."))
}

pub(super) fn no_snapshot(id: &str) -> ApiError {
    ApiError::new("DBSnapshotNotFound", 404, format!("DBSnapshot {id} not found."))
}

/// What a control plane answers when it cannot reach the other region that a request needs.
pub(super) fn unreachable(region: &Region) -> ApiError {
    ApiError::new("InternalFailure", 500, format!("An internal error occurred while contacting {region}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_and_plain_names_lead_to_the_same_thing() {
        assert_eq!(name_of("arn:aws:rds:us-east-1:123456789012:db:Orders"), "orders");
        assert_eq!(name_of("Orders"), "orders");
        let automated = Arn::parse("arn:aws:rds:us-east-1:123456789012:snapshot:rds:orders-2026-01-01-03-07").unwrap();
        assert_eq!((automated.kind.as_str(), automated.name.as_str()), ("snapshot", "rds:orders-2026-01-01-03-07"));
        assert_eq!(Arn::parse("arn:aws:s3:::bucket"), None);
    }

    #[test]
    fn identifiers_follow_rds_rules() {
        assert_eq!(new_name("Orders-2", "DBInstanceIdentifier", 63).unwrap(), "orders-2");
        for wrong in ["", "2orders", "orders-", "or--ders", "or_ders", &"o".repeat(64)] {
            assert_eq!(new_name(wrong, "DBInstanceIdentifier", 63).unwrap_err().code, "InvalidParameterValue", "{wrong}");
        }
    }
}
