//! Route 53, 2013-04-01.

use crate::wire::rest::{Payload, Route, Table};

const PAGE: &[(&str, &str)] = &[("marker", "Marker"), ("maxitems", "MaxItems")];

pub(super) const TABLE: Table = Table {
    routes: &[
        Route::new("GET", "/2013-04-01/hostedzone", "ListHostedZones").query(&[
            ("marker", "Marker"),
            ("maxitems", "MaxItems"),
            ("delegationsetid", "DelegationSetId"),
            ("hostedzonetype", "HostedZoneType"),
        ]),
        Route::new("GET", "/2013-04-01/hostedzonesbyname", "ListHostedZonesByName").query(&[
            ("dnsname", "DNSName"),
            ("hostedzoneid", "HostedZoneId"),
            ("maxitems", "MaxItems"),
        ]),
        Route::new("GET", "/2013-04-01/hostedzone/{Id}", "GetHostedZone"),
        Route::new("GET", "/2013-04-01/hostedzone/{HostedZoneId}/rrset", "ListResourceRecordSets").query(&[
            ("name", "StartRecordName"),
            ("type", "StartRecordType"),
            ("identifier", "StartRecordIdentifier"),
            ("maxitems", "MaxItems"),
        ]),
        Route::new("POST", "/2013-04-01/hostedzone/{HostedZoneId}/rrset", "ChangeResourceRecordSets").takes(Payload::Members),
        Route::new("GET", "/2013-04-01/change/{Id}", "GetChange"),
        Route::new("GET", "/2013-04-01/healthcheck", "ListHealthChecks").query(PAGE),
        Route::new("POST", "/2013-04-01/healthcheck", "CreateHealthCheck")
            .takes(Payload::Members)
            .status(201)
            .sends(&[("Location", "location")]),
        Route::new("GET", "/2013-04-01/healthcheck/{HealthCheckId}", "GetHealthCheck"),
        Route::new("POST", "/2013-04-01/healthcheck/{HealthCheckId}", "UpdateHealthCheck").takes(Payload::Members),
        Route::new("DELETE", "/2013-04-01/healthcheck/{HealthCheckId}", "DeleteHealthCheck"),
        Route::new("GET", "/2013-04-01/healthcheck/{HealthCheckId}/status", "GetHealthCheckStatus"),
        Route::new("GET", "/2013-04-01/healthcheck/{HealthCheckId}/lastfailurereason", "GetHealthCheckLastFailureReason"),
        Route::new("GET", "/2013-04-01/testdnsanswer", "TestDNSAnswer").query(&[
            ("hostedzoneid", "HostedZoneId"),
            ("recordname", "RecordName"),
            ("recordtype", "RecordType"),
            ("resolverip", "ResolverIP"),
            ("edns0clientsubnetip", "EDNS0ClientSubnetIP"),
            ("edns0clientsubnetmask", "EDNS0ClientSubnetMask"),
        ]),
        Route::new("POST", "/2013-04-01/tags/{ResourceType}/{ResourceId}", "ChangeTagsForResource").takes(Payload::Members),
        Route::new("GET", "/2013-04-01/tags/{ResourceType}/{ResourceId}", "ListTagsForResource"),
    ],
    subresources: &[],
};
