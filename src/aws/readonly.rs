//! The wall around every client: what is not on the read allowlist never leaves this machine in watch mode, and what is on neither list never
//! does. What the watch sends is counted here too.

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataInput;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use drlab_core::domain::{DOLLARS_PER_METRIC, Read, Write};

use super::meter::Meter;

/// An operation that its client does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not sent: {service} {operation} is not among {allowed}")]
pub(super) struct Refused {
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) allowed: &'static str,
}

/// Stands at the door of every client that the console has.
#[derive(Clone, Debug)]
pub(super) enum Guard {
    /// Reads, which are counted.
    Watching(Meter),
    /// Reads, and what a runbook can ask for.
    Operating,
}

impl Guard {
    fn check(&self, service: &str, operation: &str) -> Result<(), Refused> {
        let (is_allowed, allowed) = match self {
            Self::Watching(_) => (Read::of(service, operation).is_some(), "the reads of watch mode"),
            Self::Operating => {
                (Read::of(service, operation).is_some() || Write::of(service, operation).is_some(), "what a runbook can ask for")
            }
        };
        if is_allowed { Ok(()) } else { Err(Refused { service: service.to_owned(), operation: operation.to_owned(), allowed }) }
    }

    const fn meter(&self) -> Option<&Meter> {
        match self {
            Self::Watching(meter) => Some(meter),
            Self::Operating => None,
        }
    }
}

/// That a request has left, so that what was never sent does not count as a failed call.
#[derive(Clone, Copy, Debug)]
struct Sent;

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

/// What the request asks to be priced by beyond the call itself.
#[derive(Clone, Copy, Debug)]
struct Surcharge(f64);

impl Storable for Surcharge {
    type Storer = StoreReplace<Self>;
}

fn operation(cfg: &ConfigBag) -> (&str, &str) {
    cfg.load::<Metadata>().map_or(("", ""), |metadata| (metadata.service(), metadata.name()))
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "guard of what may be sent"
    }

    /// The first hook at which the operation is known; nothing of it has been written down yet, let alone sent.
    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (service, name) = operation(cfg);
        self.check(service, name)?;
        if let Some(input) = context.input().downcast_ref::<GetMetricDataInput>() {
            #[expect(clippy::cast_precision_loss, reason = "at most 500")]
            let metrics = input.metric_data_queries().len() as f64;
            cfg.interceptor_state().store_put(Surcharge(metrics * DOLLARS_PER_METRIC));
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (service, name) = operation(cfg);
        let (Some(meter), Some(read)) = (self.meter(), Read::of(service, name)) else { return Ok(()) };
        meter.sent(read, read.dollars + cfg.load::<Surcharge>().map_or(0.0, |surcharge| surcharge.0));
        cfg.interceptor_state().store_put(Sent);
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let failed = context.output_or_error().is_none_or(|outcome| outcome.is_err()) && !context.response().is_some_and(says_absent);
        let (service, name) = operation(cfg);
        if let (true, Some(meter), Some(_), Some(read)) = (failed, self.meter(), cfg.load::<Sent>(), Read::of(service, name)) {
            meter.failed(read);
        }
        Ok(())
    }
}

/// "There is no such thing" is an answer like any other; some protocols say it with a 404, some with a 400 and a word.
fn says_absent(response: &HttpResponse) -> bool {
    let body = response.body().bytes().unwrap_or_default();
    let start = String::from_utf8_lossy(body.get(..1024).unwrap_or(body));
    let status = response.status().as_u16();
    (status == 404 && !body.is_empty()) || (status == 400 && ["NotFound", "DoesNotExist", "NoSuch"].iter().any(|word| start.contains(word)))
}
