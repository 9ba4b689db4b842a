//! The next step, stage by stage, against the step itself.

use contrastive_playground::learn::config::{Head, InfoNce, Loss, MethodName, Norm, Optimizer, Positives, Similarity};
use contrastive_playground::learn::report::{Quantity, Stage, StepTrace};
use contrastive_playground::learn::rows::norm;
use contrastive_playground::learn::{Config, Trainer};

/// One of each kind of step.
fn configs() -> Vec<Config> {
    let small = Config { points: 96, batch: 16, ..Config::default() };
    let head = Config { head: Head::Mlp, norm: Norm::Hidden, ..small.clone() };
    let mut configs: Vec<Config> =
        MethodName::ALL.iter().map(|method| Config { method: *method, queue: 64, frozen: 2, ..head.clone() }).collect();
    for infonce in InfoNce::ALL {
        configs.push(Config { infonce: *infonce, ..small.clone() });
    }
    configs.push(Config { loss: Loss::Triplet, positives: Positives::Labels, ..small.clone() });
    configs.push(Config { loss: Loss::AlignUniform, ..small.clone() });
    configs.push(Config { loss: Loss::SigLip, ..small.clone() });
    configs.push(Config { similarity: Similarity::Dot, ..small.clone() });
    configs.push(Config { positives: Positives::Dropout, hidden_dropout: 0.2, ..small.clone() });
    configs.push(Config { points: 32, batch: 64, ..small });
    configs
}

fn walk(trainer: &mut Trainer) -> StepTrace {
    trainer.next_step().expect("the run goes on")
}

fn real(walk: &StepTrace, stage: Stage, name: &str) -> f32 {
    let told = walk.told.iter().find(|told| told.stage == stage).expect("the stage is there");
    match told.get(name) {
        Some(Quantity::Real(value)) => value,
        other => panic!("{stage:?}.{name}: {other:?}"),
    }
}

#[test]
fn the_state_after_the_walk_is_the_state_after_the_step() {
    for config in configs() {
        let mut plain = Trainer::new(config.clone()).expect("valid");
        let mut walked = Trainer::new(config.clone()).expect("valid");
        for step in 0..8 {
            walked.pin((step % 2 == 0).then_some(step as u32));
            let ahead = walk(&mut walked);
            assert_eq!(ahead, walk(&mut walked), "asked twice it says the same: {config:?}");
            plain.step().expect("sound");
            walked.step().expect("sound");
            assert_eq!(walked.fingerprint(), plain.fingerprint(), "it leaves no trace: {config:?}");
            assert_eq!((ahead.step, ahead.fingerprint), (step, Some(walked.fingerprint())), "{config:?}");
            assert_eq!(real(&ahead, Stage::Loss, "loss"), walked.terms().loss, "{config:?}");
        }
    }
}

#[test]
fn every_sentence_has_numbers_and_the_rows_are_what_they_say() {
    for config in configs() {
        let mut trainer = Trainer::new(config.clone()).expect("valid");
        for _ in 0..3 {
            trainer.step().expect("sound");
        }
        let ahead = walk(&mut trainer);
        for told in &ahead.told {
            for (name, quantity) in &told.quantities {
                let is_sound = if let Quantity::Real(value) = quantity { value.is_finite() } else { true };
                assert!(is_sound, "{}.{name} = {quantity:?}: {config:?}", told.sentence);
            }
        }
        let rows = 2 * config.batch as usize;
        assert_eq!(ahead.points.len(), rows);
        for numbers in [&ahead.raw, &ahead.rows, &ahead.forces, &ahead.after] {
            assert_eq!(numbers.len(), rows * ahead.dim, "{config:?}");
        }
        // The anchor's force is the one that its answer gives, in the space where it is compared.
        let reasons = ahead.reasons.as_ref().expect("an answer");
        if !reasons.of_predictions {
            let force = ahead.row(&ahead.forces, reasons.pair as usize);
            let scale = norm(&reasons.sum).max(1e-6);
            for (own, told) in force.iter().zip(&reasons.sum) {
                assert!((own - told).abs() < 1e-4 * scale, "{force:?} {:?}: {config:?}", reasons.sum);
            }
        }
        if config.compared() == Similarity::Cosine {
            for row in 0..rows {
                assert!((norm(ahead.row(&ahead.rows, row)) - 1.0).abs() < 1e-5, "{config:?}");
            }
        }
    }
}

#[test]
fn each_method_has_its_stages() {
    let keys = |method: MethodName| -> Vec<&'static str> {
        let config = Config { method, points: 96, batch: 16, queue: 64, head: Head::Linear, ..Config::default() };
        let ahead = walk(&mut Trainer::new(config).expect("valid"));
        ahead.told.iter().map(|told| told.stage.key()).collect()
    };
    assert_eq!(keys(MethodName::Pairs), ["sample", "augment", "encode", "project", "normalise", "compare", "loss", "gradient", "move"]);
    let with = |method, own: &[&str]| {
        let keys = keys(method);
        for key in own {
            assert!(keys.contains(key), "{method:?}: {keys:?}");
        }
    };
    with(MethodName::Moco, &["target", "follow", "keep"]);
    with(MethodName::Byol, &["target", "predict", "follow"]);
    with(MethodName::SimSiam, &["predict"]);
    with(MethodName::Swav, &["codes"]);
    with(MethodName::DeepCluster, &["codes", "keep"]);
    assert!(!keys(MethodName::Barlow).contains(&"normalise"));
}

#[test]
fn a_step_that_diverges_ends_where_it_does_and_the_run_stays() {
    let optimizer = Optimizer::Sgd;
    let config = Config { points: 64, batch: 8, similarity: Similarity::Dot, tau: 0.01, lr: 1.0, optimizer, ..Config::default() };
    let mut trainer = Trainer::new(config).expect("valid");
    let mut last = walk(&mut trainer);
    while trainer.step().is_ok() {
        assert!(trainer.steps() < 2000, "it has to diverge");
        last = match trainer.next_step() {
            Some(ahead) => ahead,
            None => break,
        };
    }
    assert!(trainer.divergence().is_some());
    assert_eq!((last.divergence, last.fingerprint), (trainer.divergence(), None));
    assert!(trainer.next_step().is_none());
}
