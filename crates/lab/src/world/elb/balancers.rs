//! Application Load Balancers and their listeners.

use std::net::Ipv4Addr;

use drlab_core::domain::{Region, Timestamp};

use super::measure::Traffic;
use crate::world::{ApiError, World};

#[derive(Clone, Debug, Default)]
pub struct LoadBalancer {
    pub name: String,
    pub arn: String,
    /// `app/name/id`, as CloudWatch's dimension has it.
    pub dimension: String,
    pub dns_name: String,
    pub hosted_zone_id: String,
    pub addresses: Vec<Ipv4Addr>,
    pub created_at: Timestamp,
    pub listeners: Vec<Listener>,
    /// Groups that rules other than the default ones forward to.
    pub further_groups: Vec<String>,
    pub(super) traffic: Traffic,
}

#[derive(Clone, Debug, Default)]
pub struct Listener {
    pub arn: String,
    pub port: u16,
    /// Present: HTTPS.
    pub certificate: Option<String>,
    /// Where its default action forwards to.
    pub target_group: Option<String>,
}

/// What a topology says about a load balancer.
#[derive(Clone, Debug, Default)]
pub struct NewLoadBalancer {
    pub name: String,
    /// `None`: AWS invents one.
    pub dns_name: Option<String>,
    pub addresses: Vec<Ipv4Addr>,
    /// ARNs; the first is the default of every listener.
    pub target_groups: Vec<String>,
    /// With a certificate it listens on 443 too.
    pub certificate: Option<String>,
}

impl LoadBalancer {
    /// The groups it forwards to, the default one first, each once.
    pub fn target_groups(&self) -> impl Iterator<Item = &String> {
        let default = self.default_group();
        default.into_iter().chain(self.further_groups.iter().filter(move |arn| Some(*arn) != default))
    }

    /// Where requests go that no rule says anything about.
    pub fn default_group(&self) -> Option<&String> {
        self.listeners.iter().find_map(|listener| listener.target_group.as_ref())
    }
}

/// Builds a load balancer; answers its DNS name.
pub fn add_load_balancer(world: &mut World, region: &Region, new: NewLoadBalancer) -> Result<String, ApiError> {
    let id = world.chance.hex(("load-balancer", region, &new.name), 16);
    let number = 100_000_000 + world.chance.bits(("load-balancer-name", region, &new.name)) % 1_900_000_000;
    let dimension = format!("app/{}/{id}", new.name);
    let arn = world.arn("elasticloadbalancing", region, &format!("loadbalancer/{dimension}"));
    let dns_name = new.dns_name.unwrap_or_else(|| format!("{}-{number}.{region}.elb.amazonaws.com", new.name));
    let default = new.target_groups.first().cloned();
    let ports = std::iter::once((80, None)).chain(new.certificate.map(|certificate| (443, Some(certificate))));
    let listeners = ports
        .map(|(port, certificate)| {
            let listener = world.chance.hex(("listener", region, &new.name, port), 16);
            let arn = world.arn("elasticloadbalancing", region, &format!("listener/{dimension}/{listener}"));
            Listener { arn, port, certificate, target_group: default.clone() }
        })
        .collect();
    let balancer = LoadBalancer {
        name: new.name,
        arn: arn.clone(),
        dimension,
        dns_name: dns_name.clone(),
        hosted_zone_id: hosted_zone_of(world, region),
        addresses: new.addresses,
        created_at: world.started(),
        listeners,
        further_groups: new.target_groups.iter().skip(1).cloned().collect(),
        traffic: Traffic::default(),
    };
    let elb = &mut world.here_mut(region)?.elb;
    for group in &new.target_groups {
        let found = elb.target_groups.get_mut(group).ok_or_else(|| super::groups::not_found(group))?;
        found.load_balancer = Some(arn.clone());
        found.load_balancer_dimension = Some(balancer.dimension.clone());
    }
    elb.insert(balancer);
    Ok(dns_name)
}

/// The zone in which a region's load balancers have their names (AWS General Reference, "Elastic Load Balancing endpoints").
fn hosted_zone_of(world: &World, region: &Region) -> String {
    let known = match region.as_str() {
        "us-east-1" => "Z35SXDOTRQ7X7K",
        "us-east-2" => "Z3AADJGX6KTTL2",
        "us-west-1" => "Z368ELLRRE2KJ0",
        "us-west-2" => "Z1H1FL5HABSF5",
        "ca-central-1" => "ZQSVJUPU6J1EY",
        "eu-west-1" => "Z32O12XQLNTSW2",
        "eu-west-2" => "ZHURV8PSTC4K8",
        "eu-west-3" => "Z3Q77PNBQS71R4",
        "eu-central-1" => "Z215JYRZR1TBD5",
        "eu-north-1" => "Z23TAZ6LKFMNIO",
        "eu-south-1" => "Z3ULH7SSC9OV64",
        "ap-northeast-1" => "Z14GRHDCWA56QT",
        "ap-northeast-2" => "ZWKZPGTI48KDX",
        "ap-northeast-3" => "Z5LXEXXYW11ES",
        "ap-south-1" => "ZP97RAFLXTNZK",
        "ap-southeast-1" => "Z1LMS91P8CMLE5",
        "ap-southeast-2" => "Z1GM3OXH4ZPM65",
        "sa-east-1" => "Z2P70J7HTTTPLU",
        _ => return format!("Z{}", world.chance.hex(("load-balancer-zone", region), 13).to_uppercase()),
    };
    known.to_owned()
}
