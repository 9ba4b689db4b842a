//! What an evaluation does, one act after the other, and the networks that rows pass meanwhile.

use super::Aim;
use crate::network::Network;
use crate::state::Plan;

/// A network as an evaluation passes it. A leg's input comes from legs before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Leg {
    Generator,
    Encoder,
    Head,
    Predictor,
    TargetEncoder,
    TargetHead,
    Decoder,
    Logit,
    // The discriminator after its move, which sees what the generator made.
    MovedEncoder,
    MovedHead,
    MovedLogit,
}

/// Number of legs.
pub(super) const LEGS: usize = 11;

impl Leg {
    /// Its network, if the run has it.
    pub(super) fn network(self, plan: &Plan) -> Option<&Network> {
        match self {
            Self::Generator => plan.generator.as_ref(),
            Self::Encoder | Self::MovedEncoder => Some(&plan.encoder),
            Self::Head | Self::MovedHead => plan.head.as_ref(),
            Self::Predictor => plan.predictor.as_ref(),
            Self::TargetEncoder => plan.target.map(|_| &plan.encoder),
            Self::TargetHead => plan.target.and(plan.head.as_ref()),
            Self::Decoder => plan.decoder.as_ref(),
            Self::Logit | Self::MovedLogit => plan.logit.as_ref(),
        }
    }

    pub(super) fn is_target(self) -> bool {
        matches!(self, Self::TargetEncoder | Self::TargetHead)
    }

    pub(super) fn is_moved(self) -> bool {
        matches!(self, Self::MovedEncoder | Self::MovedHead | Self::MovedLogit)
    }
}

/// One thing after another that an evaluation does; legs without a network are passed over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Act {
    /// The rows pass a network.
    Forward(Leg),
    /// The method compares rows.
    Compare,
    /// The gradient passes back through a network.
    Backward(Leg),
    /// The discriminator's move is tried.
    Try,
}

/// The acts of a method that joins the rows of a pair.
const JOINS: &[Act] = &[
    Act::Forward(Leg::Encoder),
    Act::Forward(Leg::Head),
    Act::Forward(Leg::Predictor),
    Act::Forward(Leg::TargetEncoder),
    Act::Forward(Leg::TargetHead),
    Act::Compare,
    Act::Backward(Leg::Predictor),
    Act::Backward(Leg::Head),
    Act::Backward(Leg::Encoder),
];

/// The acts of a method that rebuilds its input.
const REBUILDS: &[Act] = &[
    Act::Forward(Leg::Encoder),
    Act::Forward(Leg::Head),
    Act::Forward(Leg::Decoder),
    Act::Compare,
    Act::Backward(Leg::Decoder),
    Act::Backward(Leg::Head),
    Act::Backward(Leg::Encoder),
];

/// The acts of a game: the discriminator's turn, then the generator's.
const PLAYS: &[Act] = &[
    Act::Forward(Leg::Generator),
    Act::Forward(Leg::Encoder),
    Act::Forward(Leg::Head),
    Act::Forward(Leg::Logit),
    Act::Compare,
    Act::Backward(Leg::Logit),
    Act::Backward(Leg::Head),
    Act::Backward(Leg::Encoder),
    Act::Try,
    Act::Forward(Leg::MovedEncoder),
    Act::Forward(Leg::MovedHead),
    Act::Forward(Leg::MovedLogit),
    Act::Compare,
    Act::Backward(Leg::MovedLogit),
    Act::Backward(Leg::MovedHead),
    Act::Backward(Leg::MovedEncoder),
    Act::Backward(Leg::Generator),
];

/// The acts of a plan's evaluation.
pub(super) fn acts(plan: &Plan) -> &'static [Act] {
    match plan.wiring.aim {
        Aim::Joins => JOINS,
        Aim::Rebuilds { .. } => REBUILDS,
        Aim::Plays => PLAYS,
    }
}
