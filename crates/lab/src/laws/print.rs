//! A print of everything in a world, room by room, so that two worlds can be compared and the room that differs is named.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Write};

use crate::world::World;

/// FNV-1a over what is written to it: a fleet's description would fill hundreds of megabytes.
struct Print(u64);

impl Write for Print {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}

fn print(thing: &impl Debug) -> u64 {
    let mut print = Print(0xcbf2_9ce4_8422_2325);
    write!(print, "{thing:?}").unwrap();
    print.0
}

/// A print of each room of a world.
pub(super) type Prints = BTreeMap<String, u64>;

/// What is true, whatever was asked: everything but what counts requests.
pub(super) fn truth(world: &World) -> Prints {
    let mut prints = Prints::new();
    let mut put = |room: &str, print: u64| {
        prints.insert(room.to_owned(), print);
    };
    put("state", print(&world.state().to_string()));
    put("ledger", print(&world.ledger));
    put("s3", print(&world.s3));
    put("applications", print(&world.applications));
    for (region, here) in &world.regional {
        put(&format!("rds {region}"), print(&here.rds));
        put(&format!("ecs {region}"), print(&here.ecs));
        put(&format!("elb {region}"), print(&here.elb));
        put(&format!("autoscaling {region}"), print(&here.autoscaling));
        put(&format!("ecr {region}"), print(&here.ecr));
        put(&format!("kms {region}"), print(&here.kms));
        put(&format!("acm {region}"), print(&here.acm));
        put(&format!("secrets {region}"), print(&here.secrets));
        put(&format!("sns {region}"), print(&here.sns));
        put(&format!("lambda {region}"), print(&here.lambda));
        put(&format!("states {region}"), print(&here.states));
        put(&format!("events {region}"), print(&here.events));
        put(&format!("alarms {region}"), print(&(&here.cloudwatch.alarms, &here.cloudwatch.history, &here.cloudwatch.changes)));
    }
    prints
}

/// The rooms in which two worlds differ.
pub(super) fn differences(one: &Prints, other: &Prints) -> Vec<String> {
    one.iter().filter(|(room, print)| other.get(*room) != Some(print)).map(|(room, _)| room.clone()).collect()
}
