//! Compares the methods with the results of PyTorch in f64 (`golden/README.md`): losses and gradients by rows, whole networks by every
//! weight, three steps with everything they leave behind, dropout with given masks, k-means.

#[path = "support/golden.rs"]
mod support;

use contrastive_playground::learn::config::{Activation, MethodName};
use contrastive_playground::learn::kernels::Instructions;
use contrastive_playground::learn::matrix::{Matrix, padded};
use contrastive_playground::learn::method::{Found, GivenRows, Memory, Streams, evaluate_rows, plan};
use contrastive_playground::learn::network::Network;
use contrastive_playground::learn::objective::{KMeans, sinkhorn};
use contrastive_playground::learn::random::Random;
use contrastive_playground::learn::report::{Measure, Overlay, Space, Terms};
use contrastive_playground::learn::rows::normalize_row;
use contrastive_playground::learn::state::{Plan, State};
use contrastive_playground::learn::trainer::Weights;
use contrastive_playground::learn::views::{Batch, Sampler};
use contrastive_playground::learn::{Config, Trainer, method};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use support::{Differences, config, matrix};

type Rows = Vec<Vec<f64>>;

#[derive(Deserialize)]
struct RowsCase {
    name: String,
    config: Map<String, Value>,
    a: Rows,
    b: Rows,
    queue: Option<Rows>,
    prototypes: Option<Rows>,
    loss: f64,
    gradient_a: Rows,
    gradient_b: Rows,
    gradient_prototypes: Option<Rows>,
    #[serde(default)]
    terms: BTreeMap<String, f64>,
    codes: Option<Rows>,
}

#[derive(Deserialize)]
struct NetworkCase {
    name: String,
    config: Map<String, Value>,
    input_dim: usize,
    inputs: Rows,
    parameters: Vec<f64>,
    target: Option<Vec<f64>>,
    queue: Option<Rows>,
    prototypes: Option<Rows>,
    masks: Option<Vec<Rows>>,
    h: Rows,
    z: Rows,
    p: Option<Rows>,
    target_z: Option<Rows>,
    loss: f64,
    gradient: Vec<f64>,
    gradient_prototypes: Option<Rows>,
}

#[derive(Deserialize)]
struct StepsCase {
    name: String,
    config: Map<String, Value>,
    input_dim: usize,
    parameters: Vec<f64>,
    target: Option<Vec<f64>>,
    queue: Option<Rows>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    inputs: Rows,
    loss: f64,
    parameters: Vec<f64>,
    target: Option<Vec<f64>>,
    target_next: Option<Vec<f64>>,
    running: Vec<Running>,
    queue: Option<Rows>,
}

#[derive(Deserialize)]
struct GenerativeCase {
    name: String,
    config: Map<String, Value>,
    input_dim: usize,
    parameters: Vec<f64>,
    steps: Vec<GenerativeStep>,
}

#[derive(Deserialize)]
struct GenerativeStep {
    inputs: Rows,
    clean: Rows,
    noise: Rows,
    loss: f64,
    z: Rows,
    back: Rows,
    terms: BTreeMap<String, f64>,
    gradient: Vec<f64>,
    parameters: Vec<f64>,
    running: Vec<Running>,
}

#[derive(Deserialize)]
struct Running {
    mean: Vec<f64>,
    variance: Vec<f64>,
}

#[derive(Deserialize)]
struct ClusterCase {
    name: String,
    rows: Rows,
    initial: Rows,
    rounds: usize,
    centroids: Rows,
    assignments: Vec<u16>,
}

/// Returns what the terms say under a name of the golden files.
fn term(key: &str, terms: &Terms) -> Option<f32> {
    let softmax = terms.infonce;
    let measure = |measure| terms.measures.get(measure);
    match key {
        "coupling" => softmax?.coupling,
        "entropy" => Some(softmax?.entropy),
        "effective_negatives" => Some(softmax?.effective_negatives),
        "negatives" => Some(softmax?.negatives),
        "mutual_information" => softmax?.mutual_information,
        "prototypes_used" => measure(Measure::PrototypesUsed),
        "on_diagonal" => measure(Measure::OnDiagonal),
        "off_diagonal" => measure(Measure::OffDiagonal),
        "invariance_term" => measure(Measure::InvarianceTerm),
        "variance_term" => measure(Measure::VarianceTerm),
        "covariance_term" => measure(Measure::CovarianceTerm),
        "reconstruction" => measure(Measure::Reconstruction),
        "kl" => measure(Measure::Divergence),
        "discriminator_loss" => measure(Measure::DiscriminatorLoss),
        "generator_loss" => measure(Measure::GeneratorLoss),
        "real_score" => measure(Measure::RealScore),
        "made_score" => measure(Measure::MadeScore),
        _ => None,
    }
}

#[test]
fn losses_and_gradients_by_rows() {
    let cases: Vec<RowsCase> = serde_json::from_str(include_str!("golden/methods.json")).expect("a golden file");
    assert!(cases.len() > 40);
    let mut differences = Differences::default();
    for case in &cases {
        let config = config(&case.config);
        let outputs = matrix(&[case.a.clone(), case.b.clone()].concat());
        let labels = vec![0; outputs.rows()];
        let (queue, prototypes) = (case.queue.as_deref().map(matrix), case.prototypes.as_deref().map(matrix));
        let given = GivenRows { outputs: &outputs, labels: &labels, queue: queue.as_ref(), prototypes: prototypes.as_ref() };
        let found = evaluate_rows(&config, &given);
        differences.compare(&case.name, "loss", &[found.terms.loss], &[case.loss], 1e-1);
        let wanted = [case.gradient_a.concat(), case.gradient_b.concat()].concat();
        differences.compare(&case.name, "gradient", &found.gradient.to_rows(), &wanted, 1e-2);
        if let Some(wanted) = &case.gradient_prototypes {
            let found = found.by_prototypes.expect("prototypes have a gradient").to_rows();
            differences.compare(&case.name, "gradient by prototypes", &found, &wanted.concat(), 1e-2);
        }
        for (key, wanted) in &case.terms {
            let found = term(key, &found.terms).unwrap_or_else(|| panic!("{}: {key} is missing", case.name));
            differences.compare(&case.name, key, &[found], &[*wanted], 1.0);
        }
    }
    differences.report();
}

#[test]
fn codes_of_sinkhorn() {
    let cases: Vec<RowsCase> = serde_json::from_str(include_str!("golden/methods.json")).expect("a golden file");
    let mut differences = Differences::default();
    let mut seen = 0;
    for case in &cases {
        let Some(wanted) = &case.codes else { continue };
        seen += 1;
        let config = config(&case.config);
        let unit = |rows: &Rows| {
            let mut rows = matrix(rows);
            (0..rows.rows()).for_each(|row| normalize_row(rows.row_mut(row)));
            rows
        };
        let (rows, prototypes) = (unit(&case.a), unit(case.prototypes.as_ref().expect("prototypes")));
        let mut scores = Matrix::zeros(rows.rows(), prototypes.rows());
        for row in 0..rows.rows() {
            for prototype in 0..prototypes.rows() {
                scores.row_mut(row)[prototype] = rows.row(row).iter().zip(prototypes.row(prototype)).map(|(a, b)| a * b).sum();
            }
        }
        let mut codes = scores.clone();
        sinkhorn(&scores, 0..rows.rows(), config.epsilon, config.sinkhorn, &mut Vec::new(), &mut codes);
        differences.compare(&case.name, "codes", &codes.to_rows(), &wanted.concat(), 1.0);
    }
    assert!(seen > 4);
    differences.report();
}

/// A plan, a state and a batch for a case.
struct Run {
    config: Config,
    plan: Plan,
    state: State,
    memory: Memory,
    found: Found,
    streams: Streams,
}

impl Run {
    fn new(
        given: &Map<String, Value>,
        input_dim: usize,
        rows: usize,
        parameters: &[f64],
        target: Option<&[f64]>,
        queue: Option<&Rows>,
        prototypes: Option<&Rows>,
    ) -> Self {
        let mut config = config(given);
        config.batch = rows as u32 / 2;
        config.frozen = 0;
        if let Some(queue) = queue {
            config.queue = queue.len() as u32;
        }
        if let Some(prototypes) = prototypes {
            config.prototypes = prototypes.len() as u32;
        }
        let plan = plan(&config, input_dim, rows / 2);
        let mut state = State::new(&config, &plan, Instructions::best());
        let mut memory = Memory::new(config.method);
        memory.start(&config, &plan, &Matrix::default(), &mut state);
        fill(plan.networks().chain(plan.generative()).map(|(network, _)| network), parameters, &mut state.values);
        if plan.target.is_some() {
            let networks = [Some(&plan.encoder), plan.head.as_ref()];
            state.target = state.values[..state.target.len()].to_vec();
            if let Some(target) = target {
                fill(networks.into_iter().flatten(), target, &mut state.target);
            }
        }
        if let Some(queue) = queue {
            let mut rows = matrix(queue);
            let stride = padded(queue.len());
            for key in 0..rows.rows() {
                normalize_row(rows.row_mut(key));
                for (coordinate, value) in rows.row(key).iter().enumerate() {
                    state.bank.rows[coordinate * stride + key] = *value;
                }
            }
        }
        if let (Some(prototypes), Some(plan)) = (prototypes, &plan.prototypes) {
            state.values[plan.values.clone()].copy_from_slice(matrix(prototypes).data());
        }
        let streams = Streams::new(config.seed);
        Self { config, plan, state, memory, found: Found::default(), streams }
    }

    /// Evaluates a batch; masks and noise take the place of what would be drawn.
    fn evaluate(&mut self, batch: &Batch, masks: Option<&Vec<Rows>>, noise: Option<&Rows>) -> Terms {
        let Self { config, plan, state, memory, found, streams } = self;
        let given = |numbers: Vec<f64>| Random::given(&numbers.iter().map(|number| *number as f32).collect::<Vec<f32>>());
        if let Some(masks) = masks {
            // A unit is kept where the uniform number is at least the rate of dropout: at 1, not at 0.
            streams.masks = given(masks.iter().flatten().flatten().copied().collect());
        }
        if let Some(noise) = noise {
            streams.noise = given(noise.concat());
        }
        memory.evaluate(&method::Run { config, plan, state, batch, is_again: false }, streams, found)
    }

    /// Does what follows the evaluation of a batch.
    fn take_step(&mut self, batch: &Batch) {
        let Self { config, plan, state, memory, found, .. } = self;
        state.take_gradient(config, plan, &found.gradient);
        memory.follow(config, plan, batch, state);
        state.step += 1;
    }

    /// What the last evaluation left.
    fn outputs(&self) -> method::Outputs<'_> {
        self.memory.outputs(&self.plan)
    }

    /// Numbers by the networks' values, without the padding.
    fn flat(&self, values: &[f32]) -> Vec<f32> {
        self.plan.networks().chain(self.plan.generative()).flat_map(|(network, _)| network.to_flat(values)).collect()
    }
}

fn fill<'a>(networks: impl Iterator<Item = &'a Network>, flat: &[f64], values: &mut [f32]) {
    let mut rest = flat.iter();
    for place in networks.flat_map(Network::places) {
        values[place] = *rest.next().expect("as many as the networks take") as f32;
    }
    assert!(rest.next().is_none(), "no number is left");
}

fn batch(inputs: &Rows) -> Batch {
    let pairs = inputs.len() as u32 / 2;
    Batch { inputs: matrix(inputs), labels: vec![0; inputs.len()], points: (0..pairs).chain(0..pairs).collect(), ..Batch::default() }
}

#[test]
fn whole_networks_by_every_weight() {
    let mut cases: Vec<NetworkCase> = serde_json::from_str(include_str!("golden/method_networks.json")).expect("a golden file");
    cases.extend(serde_json::from_str::<Vec<NetworkCase>>(include_str!("golden/method_dropout.json")).expect("a golden file"));
    assert!(cases.len() > 30);
    let mut differences = Differences::default();
    for case in &cases {
        let (target, queue, prototypes) = (case.target.as_deref(), case.queue.as_ref(), case.prototypes.as_ref());
        let mut run = Run::new(&case.config, case.input_dim, case.inputs.len(), &case.parameters, target, queue, prototypes);
        let terms = run.evaluate(&batch(&case.inputs), case.masks.as_ref(), None);
        let (plan, outputs) = (&run.plan, run.outputs());
        differences.compare(&case.name, "h", &outputs.h.to_rows(), &case.h.concat(), 0.1);
        differences.compare(&case.name, "z", &outputs.z.to_rows(), &case.z.concat(), 0.1);
        if let Some(p) = &case.p {
            differences.compare(&case.name, "p", &outputs.p.to_rows(), &p.concat(), 0.1);
        }
        if let Some(target) = &case.target_z {
            differences.compare(&case.name, "target", &outputs.target.to_rows(), &target.concat(), 0.1);
        }
        differences.compare(&case.name, "loss", &[terms.loss], &[case.loss], 0.1);
        differences.compare(&case.name, "gradient", &run.flat(&run.found.gradient), &case.gradient, 0.1);
        if let (Some(wanted), Some(prototypes)) = (&case.gradient_prototypes, &plan.prototypes) {
            let rows = run.found.gradient[prototypes.values.clone()].chunks_exact(padded(prototypes.dimension));
            let found: Vec<f32> = rows.flat_map(|row| row[..prototypes.dimension].iter().copied()).collect();
            differences.compare(&case.name, "gradient by prototypes", &found, &wanted.concat(), 0.1);
        }
    }
    differences.report();
}

#[test]
fn three_steps_with_all_they_leave_behind() {
    let cases: Vec<StepsCase> = serde_json::from_str(include_str!("golden/method_steps.json")).expect("a golden file");
    assert!(cases.len() > 5);
    let mut differences = Differences::default();
    for case in &cases {
        let rows = case.steps[0].inputs.len();
        let mut run = Run::new(&case.config, case.input_dim, rows, &case.parameters, case.target.as_deref(), case.queue.as_ref(), None);
        for (index, step) in case.steps.iter().enumerate() {
            let name = format!("{}, step {}", case.name, index + 1);
            let batch = batch(&step.inputs);
            let terms = run.evaluate(&batch, None, None);
            differences.compare(&name, "loss", &[terms.loss], &[step.loss], 0.1);
            run.take_step(&batch);
            differences.compare(&name, "parameters", &run.flat(&run.state.values), &step.parameters, 0.1);
            // Ours follows at the end of a step.
            if let Some(wanted) = step.target_next.as_ref().or(step.target.as_ref()) {
                let networks = [Some(&run.plan.encoder), run.plan.head.as_ref()].into_iter().flatten();
                let found: Vec<f32> = networks.flat_map(|network| network.to_flat(&run.state.target)).collect();
                differences.compare(&name, "target", &found, wanted, 0.1);
            }
            let online = run.plan.networks().flat_map(|(network, _)| network.statistics()).map(|place| run.state.statistics[place]);
            let slow = [Some(&run.plan.encoder), run.plan.head.as_ref()];
            let slow = slow.into_iter().flatten().filter(|_| run.plan.target.is_some()).flat_map(Network::statistics);
            let found: Vec<f32> = online.chain(slow.map(|place| run.state.target_statistics[place])).collect();
            let wanted: Vec<f64> =
                step.running.iter().flat_map(|running| [running.mean.clone(), running.variance.clone()].concat()).collect();
            differences.compare(&name, "running statistics", &found, &wanted, 0.1);
            if let Some(queue) = &step.queue {
                let stride = padded(queue.len());
                let width = queue[0].len();
                let key = |key: usize| (0..width).map(move |coordinate| (coordinate, key));
                let found: Vec<f32> = (0..queue.len()).flat_map(key).map(|(k, key)| run.state.bank.rows[k * stride + key]).collect();
                differences.compare(&name, "queue", &found, &queue.concat(), 0.1);
            }
        }
    }
    differences.report();
}

#[test]
fn three_steps_of_generative_methods() {
    let cases: Vec<GenerativeCase> = serde_json::from_str(include_str!("golden/generative.json")).expect("a golden file");
    assert!(cases.len() > 20);
    let mut differences = Differences::default();
    for case in &cases {
        let rows = case.steps[0].inputs.len();
        let mut run = Run::new(&case.config, case.input_dim, rows, &case.parameters, None, None, None);
        for (index, step) in case.steps.iter().enumerate() {
            let name = format!("{}, step {}", case.name, index + 1);
            let batch = Batch { clean: matrix(&step.clean), ..batch(&step.inputs) };
            let terms = run.evaluate(&batch, None, Some(&step.noise));
            differences.compare(&name, "loss", &[terms.loss], &[step.loss], 0.1);
            for (key, wanted) in &step.terms {
                let found = term(key, &terms).unwrap_or_else(|| panic!("{name}: {key} is missing"));
                differences.compare(&name, key, &[found], &[*wanted], 0.1);
            }
            differences.compare(&name, "gradient", &run.flat(&run.found.gradient), &step.gradient, 0.1);
            let outputs = run.outputs();
            differences.compare(&name, "z", &outputs.z.to_rows(), &step.z.concat(), 0.1);
            let back = outputs.logits.or(outputs.generated).expect("a generative method");
            differences.compare(&name, "back", &back.to_rows(), &step.back.concat(), 0.1);
            run.take_step(&batch);
            differences.compare(&name, "parameters", &run.flat(&run.state.values), &step.parameters, 0.1);
            let networks = run.plan.networks().chain(run.plan.generative());
            let found: Vec<f32> = networks.flat_map(|(network, _)| network.statistics()).map(|place| run.state.statistics[place]).collect();
            let wanted = step.running.iter().flat_map(|running| [running.mean.clone(), running.variance.clone()].concat());
            differences.compare(&name, "running statistics", &found, &wanted.collect::<Vec<f64>>(), 0.1);
        }
    }
    differences.report();
}

#[test]
fn spherical_k_means() {
    let cases: Vec<ClusterCase> = serde_json::from_str(include_str!("golden/kmeans.json")).expect("a golden file");
    let mut differences = Differences::default();
    for case in &cases {
        let (rows, mut centroids) = (matrix(&case.rows), matrix(&case.initial));
        let mut tags = vec![0; rows.rows()];
        KMeans::default().cluster(rows.data(), rows.columns(), centroids.data_mut(), case.rounds, &mut tags);
        differences.compare(&case.name, "centroids", &centroids.to_rows(), &case.centroids.concat(), 1.0);
        assert_eq!(tags, case.assignments, "{}", case.name);
    }
    differences.report();
}

/// Methods whose loss has a gradient by everything that it depends on, with a batch of their own. Codes (SwAV) and stopped targets (SimSiam)
/// are taken as they are and have none.
#[test]
fn gradients_follow_the_loss_through_whole_networks() {
    let methods = [
        "infonce=ntxent",
        "infonce=dcl",
        "loss=alignuniform",
        "loss=siglip",
        "loss=triplet&reduction=all",
        "method=moco&queue=40",
        "method=byol",
        "method=byol&predictor=none",
        "method=simsiam&stop=no",
        "method=deepcluster&tau=0.3",
        "method=barlow&dim=5",
        "method=vicreg&covariance=3",
        "method=autoencoder",
        "method=autoencoder&rebuild=other&code=sphere",
        "method=vae&beta=2&rebuild=clean",
    ];
    let networks = ["head=none", "head=linear", "head=mlp", "norm=hidden", "norm=output&head=mlp", "head=mlp&norm=hidden&norm_views=apart"];
    for (method, network) in methods.iter().flat_map(|method| networks.iter().map(move |network| (method, network))) {
        let mut config = Config { points: 64, batch: 24, hidden_dropout: 0.1, tau: 0.5, activation: Activation::Tanh, ..Config::default() };
        for (key, value) in method.split('&').chain(network.split('&')).filter_map(|pair| pair.split_once('=')) {
            config.set_text(key, value).expect("valid");
        }
        let mut trainer = Trainer::new(config.clone()).expect("valid");
        for _ in 0..5 {
            trainer.step().expect("sound");
        }
        let (plan, mut state) = (trainer.plan().clone(), trainer.state().clone());
        let (mut memory, mut found) = (Memory::new(config.method), Found::default());
        let mut batch = Batch::default();
        Sampler::new(trainer.dataset(), 5).fill(trainer.dataset(), &config, &mut batch);
        let mut loss = |state: &State| {
            // The same masks every time.
            let mut streams = Streams::new(3);
            let run = method::Run { config: &config, plan: &plan, state, batch: &batch, is_again: false };
            let terms = memory.evaluate(&run, &mut streams, &mut found);
            (f64::from(terms.loss), found.gradient.clone())
        };
        let (_, gradient) = loss(&state);
        let length = gradient.iter().map(|slope| f64::from(slope * slope)).sum::<f64>().sqrt();
        let values = state.values.clone();
        // Along the gradient the loss rises by its length for each unit.
        let step = 5e-4;
        let mut at = |side: f64| {
            for ((value, start), slope) in state.values.iter_mut().zip(&values).zip(&gradient) {
                *value = (f64::from(*start) + side * step * f64::from(*slope) / length) as f32;
            }
            loss(&state).0
        };
        let rise = (at(1.0) - at(-1.0)) / (2.0 * step);
        let is_close = (rise - length).abs() <= 0.02 * length + 1e-3;
        assert!(is_close, "{method}, {network}: the loss rises by {rise}, the gradient is {length} long");
    }
}

#[test]
fn extreme_settings_are_sound() {
    for link in [
        "method=moco&queue=16&batch=200&points=64",
        "method=moco&queue=16384&batch=2",
        "method=byol&batch=2&norm=hidden&head=mlp",
        "method=simsiam&batch=2&norm=output&layers=none",
        "method=swav&prototypes=64&batch=2&epsilon=0.01&sinkhorn=10",
        "method=swav&prototypes=2&tau=0.01&frozen=0",
        "method=deepcluster&clusters=64&points=32&batch=2",
        "method=deepcluster&clusters=64&points=32&batch=300&warm=yes",
        "method=barlow&batch=2&dim=16",
        "method=vicreg&batch=2&dim=2&head=mlp&head_dim=16",
        "loss=alignuniform&batch=2&similarity=dot&weight=10",
        "infonce=dcl&batch=2&tau=0.01",
        "loss=siglip&batch=2&scale=100&bias=30",
        "head=mlp&batch=2&norm_views=apart&head_width=1&head_dim=2",
        "positives=dropout&hidden_dropout=0.9&layers=1",
        "method=autoencoder&batch=2&layers=none&dim=16&decoder=linear",
        "method=vae&batch=2&sigma=0.01&beta=20&norm=hidden&head=mlp",
        "method=gan&batch=2&norm=hidden&head=mlp&game=minimax&hidden_dropout=0.5",
    ] {
        let mut config = Config { points: 64, ..Config::default() };
        for (key, value) in link.split('&').filter_map(|pair| pair.split_once('=')) {
            config.set_text(key, value).expect("valid");
        }
        let mut trainer = Trainer::new(config).expect("valid");
        for _ in 0..40 {
            trainer.step().unwrap_or_else(|divergence| panic!("{link}: {divergence}"));
        }
        for space in Space::ALL {
            trainer.show(space);
            let snapshot = trainer.snapshot();
            assert!(snapshot.terms.loss.is_finite() && snapshot.embeddings.iter().all(|value| value.is_finite()), "{link}");
            assert!(snapshot.exhibits.iter().all(|exhibit| match exhibit {
                Overlay::Rows { rows: values, .. } | Overlay::Table { values, .. } => values.iter().all(|value| value.is_finite()),
                Overlay::Inputs { places, .. } | Overlay::Grid { places, .. } => places.iter().all(|value| value.is_finite()),
                Overlay::Labels { labels, count, .. } => labels.iter().all(|label| usize::from(*label) < *count),
            }));
        }
        trainer.recall(7).expect("it is kept");
        trainer.probe();
    }
}

#[test]
fn a_live_change_of_method_goes_on_where_the_state_fits_and_starts_again_elsewhere() {
    let pairs = Config { points: 64, batch: 16, ..Config::default() };
    for (name, fits) in [(MethodName::Barlow, true), (MethodName::Vicreg, true), (MethodName::Byol, false), (MethodName::Moco, false)] {
        let mut trainer = Trainer::new(pairs.clone()).expect("valid");
        for _ in 0..5 {
            trainer.step().expect("sound");
        }
        let changed = Config { method: name, ..pairs.clone() };
        assert_eq!(trainer.configure(changed.clone(), Weights::Keep), Ok(!fits), "{name:?}");
        assert_eq!(trainer.steps(), if fits { 5 } else { 0 });
        trainer.step().expect("sound");
        assert_eq!(trainer.configure(changed, Weights::Fresh), Ok(false), "nothing has changed");
    }
}

#[test]
fn a_collapse_is_told_by_the_prototypes_in_use() {
    // At epsilon 1 the codes are nearly uniform: rows collapse, and the loss stays at ln 12.
    let config = Config { method: MethodName::Swav, epsilon: 1.0, tau: 0.1, ..Config::default() };
    let mut trainer = Trainer::new(config).expect("valid");
    for _ in 0..400 {
        trainer.step().expect("sound");
    }
    let used = trainer.terms().measures.get(Measure::PrototypesUsed).expect("a measure");
    assert!(used < 4.5 && (trainer.terms().loss - libm::logf(12.0)).abs() < 0.05, "{used}, {}", trainer.terms().loss);
}
