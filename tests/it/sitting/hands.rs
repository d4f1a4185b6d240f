//! What somebody presses who carries a failover out.

use std::time::Duration;

use drlab_core::app::{Arming, Awaits, decision};

use super::seat::Seat;

const MOMENT: Duration = Duration::from_secs(2);

pub(crate) async fn arm(seat: &mut Seat) {
    seat.press("A t i e r 2 enter");
    seat.wait(MOMENT).await;
    assert!(matches!(seat.model.arming, Arming::Armed { .. }), "{}", seat.text());
}

pub(crate) async fn begin(seat: &mut Seat) {
    seat.press("r");
    seat.wait(MOMENT).await;
    assert!(seat.text().contains("WHAT IT WOULD DO NOW"), "{}", seat.text());
    seat.press("enter d r i l l ctrl-y");
    seat.wait(MOMENT).await;
    assert!(seat.model.running.is_some(), "{}", seat.text());
}

/// Does what the screen asks for, as somebody would.
pub(crate) async fn decide(seat: &mut Seat) {
    let Some(waits) = decision(&seat.model) else { return };
    match waits.awaits {
        Awaits::Consent { typed } => {
            seat.press("a");
            seat.wait(MOMENT).await;
            if typed {
                seat.press("t i e r 2");
                seat.wait(MOMENT).await;
            }
            seat.press("ctrl-y");
        }
        Awaits::Deed(_) | Awaits::Owed(_) => seat.press("n s e e n enter"),
        Awaits::Paused(_) => seat.press("c"),
        Awaits::Failed { .. } => seat.press("T"),
        Awaits::Held(guard) if guard.guard == "database.loss.bounded" => seat.press("o g o n e ctrl-y"),
        Awaits::Held(_) => {}
    }
}
