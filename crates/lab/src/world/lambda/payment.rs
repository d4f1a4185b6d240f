//! Payment validation: the one function that stands in the way of customers, and therefore also runs under their load.

use crate::doc;
use crate::document::Document;
use crate::world::automation::Failure;
use crate::world::{Span, World, rds};

use super::Behaviour;

#[derive(Clone, Debug, Default)]
pub struct PaymentPlan {
    /// The endpoint of the region's database, which must accept writes.
    pub database: String,
    /// How many payments a second the region's own traffic brings.
    pub per_second: u32,
}

impl PaymentPlan {
    /// Milliseconds, not the seconds of a DR function.
    pub(super) const TAKES: Span = Span { least: std::time::Duration::from_millis(20), most: std::time::Duration::from_millis(120) };

    fn database_writable(&self, world: &World) -> bool {
        rds::database_at(world, &self.database).is_some_and(|found| found.up && found.writable)
    }

    pub(super) fn validate(&self, world: &World, payload: &Document) -> Result<Document, Failure> {
        let invalid = |why: &str| Failure::new("ValidationError", why);
        let text = |member: &str| payload.get(member).and_then(Document::as_text).filter(|text| !text.is_empty());
        let payment = text("payment_id").or_else(|| text("id")).ok_or_else(|| invalid("payment_id is missing"))?;
        let amount = match payload.get("amount") {
            Some(Document::Text(_)) | None => None,
            Some(amount) => amount.as_float(),
        };
        if !amount.is_some_and(|amount| amount > 0.0) {
            return Err(invalid("amount must be a positive number"));
        }
        if !text("currency").is_some_and(|currency| currency.len() == 3 && currency.bytes().all(|letter| letter.is_ascii_uppercase())) {
            return Err(invalid("currency must be three capital letters"));
        }
        if !self.database_writable(world) {
            return Err(Failure::new("DatabaseError", "the ledger cannot be written to"));
        }
        Ok(doc! { "valid": true, "payment_id": payment })
    }
}

/// The region's own traffic: counted, not run one by one.
pub(super) fn pulse(world: &mut World) {
    let mut loads = Vec::new();
    for (region, here) in &world.regional {
        for (name, function) in &here.lambda.functions {
            if let Behaviour::PaymentValidation(plan) = &function.behaviour
                && plan.per_second > 0
                && !world.faults.is_dark(region)
            {
                loads.push((region.clone(), name.clone(), plan.per_second, plan.database_writable(world)));
            }
        }
    }
    for (region, name, count, works) in loads {
        let function = world.regional.get_mut(&region).and_then(|here| here.lambda.functions.get_mut(&name));
        let Some(function) = function else { continue };
        if function.is_held() {
            function.counters.throttles += count;
            continue;
        }
        let took = (PaymentPlan::TAKES.least + PaymentPlan::TAKES.most) / 2;
        function.counters.invocations += count;
        function.counters.errors += if works { 0 } else { count };
        function.counters.busy += took * count;
        function.counters.longest = function.counters.longest.max(PaymentPlan::TAKES.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::world;

    #[test]
    fn a_malformed_payment_is_refused_before_the_database_is_asked() {
        let world = world();
        let plan = PaymentPlan::default();
        let payment = |id: &str, amount: Document, currency: &str| doc! { "payment_id": id, "amount": amount, "currency": currency };
        for (payload, error) in [
            (payment("", 5.into(), "EUR"), "ValidationError"),
            (payment("p1", (-5).into(), "EUR"), "ValidationError"),
            (payment("p1", "5".into(), "EUR"), "ValidationError"),
            (payment("p1", 5.into(), "euro"), "ValidationError"),
            // Well formed; but there is no database in this world.
            (payment("p1", 5.into(), "EUR"), "DatabaseError"),
        ] {
            assert_eq!(plan.validate(&world, &payload).unwrap_err().error, error, "{payload:?}");
        }
    }
}
