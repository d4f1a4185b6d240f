//! API Gateway, 2015-07-09.

use crate::wire::rest::{Route, Table};

const PAGE: &[(&str, &str)] = &[("position", "position"), ("limit", "limit")];

pub(super) const TABLE: Table = Table {
    routes: &[
        Route::new("GET", "/restapis", "GetRestApis").query(PAGE),
        Route::new("GET", "/restapis/{restApiId}/stages", "GetStages").query(&[("deploymentId", "deploymentId")]),
        Route::new("GET", "/restapis/{restApiId}/resources", "GetResources").query(&[
            ("position", "position"),
            ("limit", "limit"),
            ("embed", "embed"),
        ]),
    ],
    subresources: &[],
};
