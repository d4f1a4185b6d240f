//! The zones in which AWS keeps load balancers' names: an alias must name them, and no read tells them. From AWS's General Reference, “Elastic
//! Load Balancing endpoints and quotas”. Route 53 refuses an alias whose zone is wrong, so a mistake here cannot mislead anybody.

use crate::domain::Region;

/// The zone of an application or classic load balancer with this name. Network load balancers (`name.elb.region.amazonaws.com`) have others.
pub(super) fn zone_of(balancer: &str, region: &Region) -> Option<&'static str> {
    let usual = format!(".{region}.elb.amazonaws.com");
    if !balancer.trim_end_matches('.').to_ascii_lowercase().ends_with(&usual) {
        return None;
    }
    Some(match region.as_str() {
        "us-east-1" => "Z35SXDOTRQ7X7K",
        "us-east-2" => "Z3AADJGX6KTTL2",
        "us-west-1" => "Z368ELLRRE2KJ0",
        "us-west-2" => "Z1H1FL5HABSF5",
        "ca-central-1" => "ZQSVJUPU6J1EY",
        "sa-east-1" => "Z2P70J7HTTTPLU",
        "eu-west-1" => "Z32O12XQLNTSW2",
        "eu-west-2" => "ZHURV8PSTC4K8",
        "eu-west-3" => "Z3Q77PNBQS71R4",
        "eu-central-1" => "Z215JYRZR1TBD5",
        "eu-north-1" => "Z23TAZ6LKFMNIO",
        "eu-south-1" => "Z3ULH7SSC9OV64",
        "ap-east-1" => "Z3DQVH9N71FHZ0",
        "ap-south-1" => "ZP97RAFLXTNZK",
        "ap-northeast-1" => "Z14GRHDCWA56QT",
        "ap-northeast-2" => "ZWKZPGTI48KDX",
        "ap-northeast-3" => "Z5LXEXXYW11ES",
        "ap-southeast-1" => "Z1LMS91P8CMLE5",
        "ap-southeast-2" => "Z1GM3OXH4ZPM65",
        "me-south-1" => "ZS929ML54UICD",
        "af-south-1" => "Z268VQBMOI5EKX",
        _ => return None,
    })
}
