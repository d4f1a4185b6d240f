//! Lambda: 2015-03-31, and the younger versions that concurrency is set and read by.

use crate::wire::rest::{Payload, Route, Table};

const QUALIFIER: &[(&str, &str)] = &[("Qualifier", "Qualifier")];

pub(super) const TABLE: Table = Table {
    routes: &[
        Route::new("GET", "/2015-03-31/functions", "ListFunctions").query(&[
            ("MasterRegion", "MasterRegion"),
            ("FunctionVersion", "FunctionVersion"),
            ("Marker", "Marker"),
            ("MaxItems", "MaxItems"),
        ]),
        Route::new("GET", "/2015-03-31/functions/{FunctionName}", "GetFunction").query(QUALIFIER),
        Route::new("GET", "/2015-03-31/functions/{FunctionName}/configuration", "GetFunctionConfiguration").query(QUALIFIER),
        Route::new("POST", "/2015-03-31/functions/{FunctionName}/invocations", "Invoke")
            .query(QUALIFIER)
            .headers(&[
                ("x-amz-invocation-type", "InvocationType"),
                ("x-amz-log-type", "LogType"),
                ("x-amz-client-context", "ClientContext"),
            ])
            .takes(Payload::Stream)
            .sends(&[
                ("FunctionError", "x-amz-function-error"),
                ("LogResult", "x-amz-log-result"),
                ("ExecutedVersion", "x-amz-executed-version"),
            ]),
        Route::new("GET", "/2019-09-30/functions/{FunctionName}/concurrency", "GetFunctionConcurrency"),
        Route::new("PUT", "/2017-10-31/functions/{FunctionName}/concurrency", "PutFunctionConcurrency").takes(Payload::Members),
        Route::new("DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", "DeleteFunctionConcurrency").status(204),
    ],
    subresources: &[],
};
