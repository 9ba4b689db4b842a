//! Checks that a step allocates no memory after the first steps of a run, in every configuration.
//!
//! The counter replaces the global allocator in this test program and counts the allocations of the calling thread.

use allocation_counter::measure;
use contrastive_playground::learn::config::{
    Activation, Data, Distance, Head, InfoNce, Layers, Loss, MethodName, Miner, Norm, Optimizer, OwnImages, OwnPoints, Positives,
    Similarity,
};
use contrastive_playground::learn::{Config, Trainer};

/// Number of steps after a start or a changed configuration that may allocate.
const WARM_UP: u32 = 3;

/// Returns the number of allocations in `steps` steps.
fn allocations(trainer: &mut Trainer, steps: u32) -> u64 {
    measure(|| {
        for _ in 0..steps {
            trainer.step().expect("the run does not diverge");
        }
    })
    .count_total
}

fn start(config: Config) -> Trainer {
    Trainer::new(config).expect("valid")
}

fn small() -> Config {
    Config { points: 96, batch: 12, layers: Layers::new(&[16, 12]).expect("valid"), ..Config::default() }
}

/// Fails if a run of `config` allocates memory after its warm-up.
fn assert_no_allocations(config: &Config) {
    let mut trainer = start(config.clone());
    allocations(&mut trainer, WARM_UP);
    // Long enough to begin a new epoch, which draws a new order of the points.
    assert_eq!(allocations(&mut trainer, 40), 0, "{config:?}");
}

#[test]
fn the_counter_counts_allocations_and_reallocations() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![1u8; 100]))).count_total, 1);
    let mut grown = vec![1u8; 100];
    assert_eq!(measure(|| grown.reserve(1000)).count_total, 1);
}

#[test]
fn the_default_run_allocates_nothing_after_its_first_step() {
    let mut trainer = start(Config::default());
    allocations(&mut trainer, 1);
    assert_eq!(allocations(&mut trainer, 100), 0);
}

#[test]
fn thinning_the_history_and_filling_the_timeline_allocates_nothing() {
    let mut trainer = start(small());
    allocations(&mut trainer, 1);
    let rows = |trainer: &Trainer| trainer.history().rows().len();
    // The history fills after 512 steps, and a second time.
    let mut thinned = 0;
    for _ in 0..1_200 {
        let before = rows(&trainer);
        assert_eq!(allocations(&mut trainer, 1), 0, "step {}", trainer.steps());
        thinned += u32::from(rows(&trainer) < before);
    }
    assert!(thinned >= 2, "{thinned}: nothing was thinned, so nothing was shown");
    assert!(trainer.timeline().steps().count() > 90);
}

#[test]
fn infonce_allocates_nothing() {
    for infonce in InfoNce::ALL {
        for positives in Positives::ALL {
            for (similarity, negatives) in [(Similarity::Cosine, 0), (Similarity::Dot, 5)] {
                assert_no_allocations(&Config { infonce: *infonce, positives: *positives, similarity, negatives, tau: 0.5, ..small() });
            }
        }
    }
}

#[test]
fn triplets_allocate_nothing() {
    for miner in Miner::ALL {
        for distance in Distance::ALL {
            for positives in Positives::ALL {
                let config = Config { loss: Loss::Triplet, miner: *miner, distance: *distance, positives: *positives, ..small() };
                assert_no_allocations(&config);
            }
        }
    }
}

#[test]
fn networks_and_optimizers_allocate_nothing() {
    for activation in Activation::ALL {
        for optimizer in Optimizer::ALL {
            // Odd and even numbers of layers: the backward pass swaps its two scratch matrices at each layer.
            for widths in [&[][..], &[9], &[16, 8], &[8, 24, 7], &[8, 8, 8, 32]] {
                let layers = Layers::new(widths).expect("valid");
                assert_no_allocations(&Config { activation: *activation, optimizer: *optimizer, layers, lr: 0.001, ..small() });
            }
        }
    }
}

#[test]
fn data_sets_and_augmentations_allocate_nothing() {
    let coordinates: Vec<f32> = (0..40).map(|place| place as f32 / 10.0 - 2.0).collect();
    let labels: Vec<u8> = (0..20).map(|point| point % 3).collect();
    let own = OwnPoints::new(2, &coordinates, &labels).expect("valid");
    let greys: Vec<u8> = (0..20 * 64).map(|pixel| (pixel % 16) as u8).collect();
    let own_images = OwnImages::new(8, &greys, &labels).expect("valid");
    for data in Data::ALL {
        let config =
            Config { data: *data, own: own.clone(), own_images: own_images.clone(), scaling: 0.2, flip: 0.1, dropout: 0.1, ..small() };
        assert_no_allocations(&config);
        assert_no_allocations(&Config { positives: Positives::Labels, ..config });
    }
}

#[test]
fn batches_without_some_of_the_classes_allocate_nothing() {
    for loss in Loss::ALL {
        for positives in Positives::ALL {
            assert_no_allocations(&Config { classes: 12, batch: 2, loss: *loss, positives: *positives, ..small() });
        }
    }
}

#[test]
fn a_live_change_allocates_only_in_its_first_steps() {
    let mut trainer = start(small());
    allocations(&mut trainer, WARM_UP);
    for change in [Config { batch: 30, ..small() }, Config { batch: 7, tau: 1.0, ..small() }, Config { batch: 30, negatives: 3, ..small() }]
    {
        trainer.configure(change, contrastive_playground::learn::trainer::Weights::Keep).expect("valid");
        allocations(&mut trainer, WARM_UP);
        assert_eq!(allocations(&mut trainer, 40), 0);
    }
}

#[test]
fn a_step_after_a_snapshot_allocates_nothing() {
    let mut trainer = start(small());
    allocations(&mut trainer, WARM_UP);
    trainer.inspect(Some(3));
    for _ in 0..10 {
        trainer.snapshot();
        assert_eq!(allocations(&mut trainer, 5), 0);
    }
}

/// Returns the largest number of bytes that a run of `config` holds at any time during its start and its first two steps.
fn most_memory(config: &Config) -> u64 {
    measure(|| {
        let mut trainer = start(config.clone());
        trainer.step().expect("sound");
        trainer.step().expect("sound");
    })
    .bytes_max
}

#[test]
fn memory_grows_linearly_with_the_batch() {
    for config in [
        Config::default(),
        // A temperature so low that the loss is evaluated anchor by anchor.
        Config { tau: 0.01, ..Config::default() },
        Config { loss: Loss::Triplet, ..Config::default() },
        Config { loss: Loss::Triplet, positives: Positives::Labels, ..Config::default() },
    ] {
        let [half, whole] = [512, 1024].map(|batch| most_memory(&Config { batch, ..config.clone() }));
        assert!(whole < 2 * half + half / 10, "{half}, then {whole} bytes: {config:?}");
    }
    let largest = most_memory(&Config { batch: 4096, ..Config::default() });
    assert!(largest < 64_000_000, "{largest} bytes");
}

#[test]
fn every_method_allocates_nothing() {
    for name in MethodName::ALL {
        for head in Head::ALL {
            // An epoch, after which DeepCluster clusters anew, is four steps long.
            let config = Config { method: *name, head: *head, norm: Norm::Hidden, hidden_dropout: 0.1, queue: 40, points: 64, ..small() };
            assert_no_allocations(&config);
        }
    }
    assert_no_allocations(&Config { loss: Loss::AlignUniform, ..small() });
    assert_no_allocations(&Config { loss: Loss::SigLip, ..small() });
    assert_no_allocations(&Config { positives: Positives::Dropout, hidden_dropout: 0.2, ..small() });
}
