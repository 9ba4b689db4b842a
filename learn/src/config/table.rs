//! The declarations of all parameters, one entry for each.

use super::Scale::{Linear, Logarithmic};
use super::{
    Activation, Applies, Code, Data, Decoder, Distance, Domain, Field, Game, Group, Head, ImageSize, InfoNce, Init, Layers, Loss,
    MethodName, Miner, Norm, NormViews, Optimizer, OwnImages, OwnPoints, Parameter, ParameterError, Positives, Problem, Rebuild, Reduction,
    Scale, Similarity, Switch, Value, Zero,
};

/// Expands the list of parameters below into [`Config`], its default and [`TABLE`].
macro_rules! parameters {
    ($(
        $key:ident : $kind:ty = $default:expr, $domain:expr, $group:ident, $applies:ident, $unit:literal, $matters:expr, $about:literal
        $(, $column:ident = $value:expr)*;
    )+) => {
        /// All parameters of a run, the seed included. Two runs with equal configurations are the same, bit for bit.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct Config {
            $(#[doc = $about] pub $key: $kind,)+
        }

        impl Default for Config {
            fn default() -> Self {
                Self { $($key: $default,)+ }
            }
        }

        /// Every parameter, in the order in which the interface and the documentation list them.
        pub static TABLE: &[Parameter] = &[$(
            Parameter {
                key: stringify!($key),
                domain: $domain,
                default: || { let default: $kind = $default; default.value() },
                unit: $unit,
                group: Group::$group,
                applies: Applies::$applies,
                about: $about,
                matters: $matters,
                $($column: $value,)*
                get: |config| config.$key.value(),
                set: |config, value| {
                    if let Some(value) = Field::from_value(value) {
                        config.$key = value;
                    }
                },
                ..PLAIN
            },
        )+];
    };
}

/// What a row says that does not say otherwise; the columns after its text change it.
const PLAIN: Parameter = Parameter {
    key: "",
    domain: Domain::Layers,
    default: || Value::Integer(0),
    unit: "",
    symbol: "",
    zero: Zero::Number,
    stands_alone: false,
    group: Group::Run,
    applies: Applies::Live,
    about: "",
    matters: |_| true,
    get: |_| Value::Integer(0),
    set: |_, _| {},
};

const fn off(strength: f32) -> Zero {
    Zero::Off { strength }
}

/// Returns the domain of whole numbers from `min` to `max`.
const fn whole(min: u32, max: u32, scale: Scale) -> Domain {
    Domain::Integer { min, max, scale }
}

/// Returns the domain of real numbers from `min` to `max`.
const fn real(min: f32, max: f32, scale: Scale) -> Domain {
    Domain::Real { min, max, scale }
}

/// Returns true if views of points are augmented: the condition under which their augmentation has an effect.
fn views(config: &Config) -> bool {
    config.positives.are_augmented() && !images(config)
}

/// Returns true if the data are images.
fn images(config: &Config) -> bool {
    config.data.are_images()
}

/// Returns true if the data are images that the program draws.
fn glyphs(config: &Config) -> bool {
    config.data.glyphs().is_some()
}

/// Returns true if views of images are augmented.
fn image_views(config: &Config) -> bool {
    config.positives.are_augmented() && images(config)
}

/// Returns true if the method is a loss on pairs of rows of one network.
fn pairs(config: &Config) -> bool {
    config.method == MethodName::Pairs
}

/// Returns true if the loss is the triplet loss.
fn triplet(config: &Config) -> bool {
    pairs(config) && config.loss == Loss::Triplet
}

/// Returns true if the loss is InfoNCE.
fn infonce(config: &Config) -> bool {
    pairs(config) && config.loss == Loss::InfoNce
}

/// Returns true if the loss is the sigmoid loss.
fn siglip(config: &Config) -> bool {
    pairs(config) && config.loss == Loss::SigLip
}

/// Returns true if the method is one of `names`.
fn is_one_of(config: &Config, names: &[MethodName]) -> bool {
    names.contains(&config.method)
}

/// Returns true if a slow copy of the networks is a part of the method.
fn has_target(config: &Config) -> bool {
    is_one_of(config, &[MethodName::Moco, MethodName::Byol])
}

/// Returns true if the method has a predictor.
fn predicts(config: &Config) -> bool {
    is_one_of(config, &[MethodName::Byol, MethodName::SimSiam])
}

/// Returns true if a network of the run may have batch normalisation.
fn normalises(config: &Config) -> bool {
    config.norm != Norm::None || config.head == Head::Mlp || (predicts(config) && config.predictor == Head::Mlp)
}

parameters! {
    data: Data = Data::Blobs, Domain::Choice(Data::WORDS), Data, Restart, "", |_| true,
        "The set of points to learn from.";
    points: u32 = 1024, whole(32, 10_000, Logarithmic), Data, Restart, "", |config| !config.data.are_own(),
        "How many training points there are.";
    classes: u32 = 6, whole(2, 12, Linear), Data, Restart, "", |config| config.data.class_count(u32::MAX) == Some(u32::MAX),
        "How many classes the points belong to, for the sets that can have any number.";
    size: ImageSize = ImageSize::Medium, Domain::Choice(ImageSize::WORDS), Data, Restart, "px", glyphs,
        "Image sets: the side of the images in pixels.";
    variation: f32 = 1.0, real(0.0, 2.0, Linear), Data, Restart, "", glyphs,
        "Image sets: how much images of a class differ in place, size, stroke, ink and pixel noise.";
    noise: f32 = 0.25, real(0.0, 2.0, Linear), Data, Restart, "", |config| !config.data.are_own() && !images(config),
        "Standard deviation of the noise on each point's place.";
    rest: f32 = 0.5, real(0.0, 3.0, Linear), Data, Restart, "", |config| matches!(config.data, Data::Lifted | Data::Nuisance),
        "Standard deviation on the coordinates that say nothing of the class (sets lifted and nuisance).";
    own: OwnPoints = OwnPoints::default(), Domain::Points, Data, Live, "", |config| config.data == Data::Own,
        "The points of the set own: coordinates and class of each, such as 1.2,-0.5,0~0.3,0.9,1, or none.";
    own_images: OwnImages = OwnImages::default(), Domain::Images, Data, Restart, "", |config| config.data == Data::Images,
        "The images of the set images: class and pixels of each, a hexadecimal digit a pixel (f is ink), with ~ between images, or none.";

    positives: Positives = Positives::Views, Domain::Choice(Positives::WORDS), Positives, Live, "", |_| true,
        "Where positives come from: two augmented views of one point, two points with the same label, or two passes of one point with different dropout masks.",
        stands_alone = true;
    jitter: f32 = 0.25, real(0.0, 2.0, Linear), Positives, Live, "", views,
        "Augmentation: standard deviation of the noise added to every coordinate of a view; 0 is off.",
        zero = off(0.25);
    rotation: f32 = 10.0, real(0.0, 180.0, Linear), Positives, Live, "°", views,
        "Augmentation: a view is turned about the origin by up to this angle either way; 0 is off.",
        zero = off(30.0);
    scaling: f32 = 0.0, real(0.0, 0.9, Linear), Positives, Live, "", views,
        "Augmentation: a view is scaled by up to this fraction up or down; 0 is off.",
        zero = off(0.3);
    flip: f32 = 0.0, real(0.0, 1.0, Linear), Positives, Live, "", views,
        "Augmentation: probability that a coordinate of a view changes its sign; 0 is off.",
        zero = off(0.5);
    dropout: f32 = 0.0, real(0.0, 1.0, Linear), Positives, Live, "", views,
        "Augmentation: probability that a coordinate of a view is set to zero; 0 is off.",
        zero = off(0.2);
    shift: f32 = 1.5, real(0.0, 6.0, Linear), Positives, Live, "px", image_views,
        "Augmentation of images: a view is moved by up to so many pixels right or left, up or down; 0 is off.",
        zero = off(1.5);
    crop: f32 = 0.2, real(0.0, 0.7, Linear), Positives, Live, "", image_views,
        "Augmentation of images: a square up to this fraction smaller is cut out and enlarged to the whole image; 0 is off.",
        zero = off(0.2);
    spin: f32 = 10.0, real(0.0, 180.0, Linear), Positives, Live, "°", image_views,
        "Augmentation of images: a view is turned about its middle by up to this angle either way; 0 is off.",
        zero = off(10.0);
    turn: f32 = 0.0, real(0.0, 1.0, Linear), Positives, Live, "", image_views,
        "Augmentation of images: probability that a view is turned by 90, 180 or 270 degrees; 0 is off.",
        zero = off(0.75);
    mirror: f32 = 0.0, real(0.0, 1.0, Linear), Positives, Live, "", image_views,
        "Augmentation of images: probability that left and right of a view are exchanged; 0 is off.",
        zero = off(0.5);
    blur: f32 = 0.0, real(0.0, 2.0, Linear), Positives, Live, "px", image_views,
        "Augmentation of images: a view is blurred by a Gaussian whose standard deviation is up to so many pixels; 0 is off.",
        zero = off(0.5);
    contrast: f32 = 0.0, real(0.0, 1.0, Linear), Positives, Live, "", image_views,
        "Augmentation of images: pixels are multiplied by up to this fraction more or less, then raised or lowered by up to half as much; 0 is off.",
        zero = off(0.5);
    grain: f32 = 0.05, real(0.0, 1.0, Linear), Positives, Live, "", image_views,
        "Augmentation of images: standard deviation of the noise on every pixel of a view; 0 is off.",
        zero = off(0.05);
    erase: f32 = 0.0, real(0.0, 8.0, Linear), Positives, Live, "px", image_views,
        "Augmentation of images: a square with this side is cleared somewhere in a view; 0 is off.",
        zero = off(4.0);
    redraw: f32 = 1.0, real(0.0, 1.0, Linear), Positives, Live, "",
        |config| config.data == Data::Nuisance && !config.positives.are_the_same(),
        "Set nuisance: how much of a view's nuisance coordinates is drawn anew; 0 leaves them as the point has them, 1 draws them all anew.";
    batch: u32 = 128, whole(2, 4096, Logarithmic), Positives, Live, "pairs", |_| true,
        "Pairs in a batch: each step embeds twice as many rows.";
    negatives: u32 = 0, whole(0, 8190, Logarithmic), Positives, Live, "", infonce,
        "Negatives kept for each anchor, out of the batch; 0 keeps them all.",
        zero = Zero::All;

    method: MethodName = MethodName::Pairs, Domain::Choice(MethodName::WORDS), Loss, Either, "", |_| true,
        "What joins the rows of a pair: a loss on pairs, or another method.";
    loss: Loss = Loss::InfoNce, Domain::Choice(Loss::WORDS), Loss, Either, "", pairs,
        "The objective of method pairs: triplet loss, InfoNCE, alignment plus uniformity, or the sigmoid loss of SigLIP.";
    alpha: f32 = 0.2, real(0.0, 2.0, Linear), Loss, Live, "", triplet,
        "Margin: how much nearer than the negative the positive has to be.",
        symbol = "α";
    distance: Distance = Distance::Squared, Domain::Choice(Distance::WORDS), Loss, Live, "", triplet,
        "The distance in the triplet loss: squared (FaceNet) or plain.";
    miner: Miner = Miner::All, Domain::Choice(Miner::WORDS), Loss, Live, "", triplet,
        "Which triplets of the batch are used: random, all, hard (batch-hard) or semi-hard ones.";
    reduction: Reduction = Reduction::Active, Domain::Choice(Reduction::WORDS), Loss, Live, "", triplet,
        "How the triplets' losses become one number: mean over active, mean over all, or sum.";
    tau: f32 = 0.2, real(0.01, 10.0, Logarithmic), Loss, Live, "",
        |config| infonce(config) || is_one_of(config, &[MethodName::Moco, MethodName::Swav, MethodName::DeepCluster]),
        "Temperature: similarities are divided by it before the softmax.",
        symbol = "τ";
    infonce: InfoNce = InfoNce::NtXent, Domain::Choice(InfoNce::WORDS), Loss, Live, "", infonce,
        "The convention of InfoNCE: NT-Xent (SimCLR), one-sided (CPC), both directions, SupCon, or DCL. NT-Xent with positives by label is SupCon.";
    weight: f32 = 1.0, real(0.0, 10.0, Linear), Loss, Live, "", |config| pairs(config) && config.loss == Loss::AlignUniform,
        "Alignment and uniformity: the weight of uniformity.";
    scale: f32 = 10.0, real(0.01, 100.0, Logarithmic), Loss, Restart, "", siglip,
        "SigLIP: the first value of t, by which similarities are multiplied; it trains with the networks.";
    bias: f32 = -10.0, real(-30.0, 30.0, Linear), Loss, Restart, "", siglip,
        "SigLIP: the first value of b, which is added to them; it trains with the networks.";
    similarity: Similarity = Similarity::Cosine, Domain::Choice(Similarity::WORDS), Loss, Live, "", pairs,
        "Whether rows are put on the unit sphere first (cosine) or compared as they are (dot product).";
    ema: f32 = 0.99, real(0.0, 1.0, Linear), Loss, Live, "", has_target,
        "MoCo, BYOL: momentum of the slow copy, target = ema target + (1 - ema) network after each step.",
        symbol = "m";
    queue: u32 = 1024, whole(16, 16_384, Logarithmic), Loss, Restart, "", |config| config.method == MethodName::Moco,
        "MoCo: keys of earlier batches that are kept as negatives; at least as many as pairs in a batch.",
        symbol = "K";
    predictor: Head = Head::Mlp, Domain::Choice(Head::WORDS), Loss, Restart, "", predicts,
        "BYOL, SimSiam: the network that predicts the other view's row: none, linear, or mlp (with a BatchNorm in its hidden layer).";
    predictor_width: u32 = 32, whole(1, 128, Logarithmic), Loss, Restart, "",
        |config| predicts(config) && config.predictor == Head::Mlp,
        "Width of the hidden layer of an mlp predictor.";
    stop: Switch = Switch::Yes, Domain::Choice(Switch::WORDS), Loss, Restart, "", |config| config.method == MethodName::SimSiam,
        "SimSiam: whether the gradient stops at the row that is predicted.";
    prototypes: u32 = 12, whole(2, 64, Linear), Loss, Restart, "", |config| config.method == MethodName::Swav,
        "SwAV: prototypes on the sphere.",
        symbol = "K";
    epsilon: f32 = 0.05, real(0.01, 1.0, Logarithmic), Loss, Live, "", |config| config.method == MethodName::Swav,
        "SwAV: codes are made from e^(score / epsilon); smaller is sharper.",
        symbol = "ε";
    sinkhorn: u32 = 3, whole(0, 10, Linear), Loss, Live, "", |config| config.method == MethodName::Swav,
        "SwAV: rounds of Sinkhorn's balancing that make the codes use all prototypes alike; 0 takes the softmax as it is.";
    frozen: u32 = 30, whole(0, 1000, Linear), Loss, Restart, "steps", |config| config.method == MethodName::Swav,
        "SwAV: steps at the start in which the prototypes do not move.";
    clusters: u32 = 12, whole(2, 64, Linear), Loss, Restart, "", |config| config.method == MethodName::DeepCluster,
        "DeepCluster-v2: clusters of the k-means that gives the pseudo-labels.",
        symbol = "K";
    warm: Switch = Switch::No, Domain::Choice(Switch::WORDS), Loss, Restart, "", |config| config.method == MethodName::DeepCluster,
        "DeepCluster-v2: whether each k-means starts from the last centroids, or from embeddings drawn anew.";
    lambda: f32 = 0.005, real(0.0, 1.0, Linear), Loss, Live, "", |config| config.method == MethodName::Barlow,
        "Barlow Twins: weight of the correlations off the diagonal.",
        symbol = "λ";
    invariance: f32 = 25.0, real(0.0, 100.0, Linear), Loss, Live, "", |config| config.method == MethodName::Vicreg,
        "VICReg: weight of the mean squared distance of the views.",
        symbol = "λ";
    variance: f32 = 25.0, real(0.0, 100.0, Linear), Loss, Live, "", |config| config.method == MethodName::Vicreg,
        "VICReg: weight of the hinge that keeps each coordinate's standard deviation at 1.",
        symbol = "μ";
    covariance: f32 = 1.0, real(0.0, 100.0, Linear), Loss, Live, "", |config| config.method == MethodName::Vicreg,
        "VICReg: weight of the squared covariances of different coordinates.",
        symbol = "ν";
    rebuild: Rebuild = Rebuild::View, Domain::Choice(Rebuild::WORDS), Loss, Live, "", |config| config.method.rebuilds(),
        "Autoencoder, VAE: what the decoder is to give back: the view that was encoded, the point that it is a view of, or the pair's other view.";
    code: Code = Code::Free, Domain::Choice(Code::WORDS), Loss, Live, "", |config| config.method == MethodName::Autoencoder,
        "Autoencoder: whether codes lie anywhere, or on the unit sphere.";
    decoder: Decoder = Decoder::Mirror, Domain::Choice(Decoder::WORDS), Loss, Restart, "", |config| config.method.is_generative(),
        "Autoencoder, VAE, GAN: the network to the input space: the encoder's hidden layers in reverse, or one linear map.";
    sigma: f32 = 0.3, real(0.01, 10.0, Logarithmic), Loss, Live, "", |config| config.method == MethodName::Vae,
        "VAE: standard deviation of the Gaussian around what the decoder gives; the smaller, the more the reconstruction weighs.",
        symbol = "σ";
    beta: f32 = 1.0, real(0.0, 20.0, Linear), Loss, Live, "", |config| config.method == MethodName::Vae,
        "VAE: weight of the divergence of the codes from the prior (Higgins et al. 2017); 1 is the VAE, 0 no prior at all.",
        symbol = "β";
    game: Game = Game::NonSaturating, Domain::Choice(Game::WORDS), Loss, Live, "", |config| config.method == MethodName::Gan,
        "GAN: the generator's loss: non-saturating, -ln D(G(noise)), or minimax, ln(1 - D(G(noise))).";
    generator_lr: f32 = 0.001, real(0.000_01, 1.0, Logarithmic), Loss, Live, "", |config| config.method == MethodName::Gan,
        "GAN: the generator's learning rate; the discriminator's is lr.";

    layers: Layers = Layers::new(&[64, 64]).unwrap_or_default(), Domain::Layers, Encoder, Restart, "", |_| true,
        "Widths of the encoder's hidden layers, from the input's side, such as 64,64; none for a linear map.";
    activation: Activation = Activation::Relu, Domain::Choice(Activation::WORDS), Encoder, Restart, "", |config| config.layers.widths().len() > 0,
        "The hidden units' non-linearity.";
    dim: u32 = 3, whole(2, 16, Linear), Encoder, Restart, "", |_| true,
        "Dimension of the encoder's output h, and of the embedding where no head follows.";
    norm: Norm = Norm::None, Domain::Choice(Norm::WORDS), Encoder, Restart, "", |_| true,
        "Where the encoder has batch normalisation: nowhere, in the hidden layers, or at the output.";
    hidden_dropout: f32 = 0.0, real(0.0, 0.9, Linear), Encoder, Live, "", |config| config.layers.widths().len() > 0,
        "Probability that a hidden unit of the encoder is set to zero in training; 0 is off.",
        zero = off(0.1);
    head: Head = Head::None, Domain::Choice(Head::WORDS), Encoder, Restart, "", |_| true,
        "The projector behind the encoder: none, linear, or mlp (FC, BatchNorm, ReLU, FC). The loss sees its output z; the encoder's h is kept.";
    head_width: u32 = 64, whole(1, 128, Logarithmic), Encoder, Restart, "", |config| config.head == Head::Mlp,
        "Width of the hidden layer of an mlp head.";
    head_dim: u32 = 0, whole(0, 16, Linear), Encoder, Restart, "", |config| config.head != Head::None,
        "Dimension of the head's output z; 0 is the dimension of h.",
        zero = Zero::Same;
    norm_views: NormViews = NormViews::Paper, Domain::Choice(NormViews::WORDS), Encoder, Restart, "", normalises,
        "Whether BatchNorm takes its moments over both views together, over each apart, or as the method's published code does.";
    init: Init = Init::He, Domain::Choice(Init::WORDS), Encoder, Restart, "", |_| true,
        "How the first weights are drawn.";

    optimizer: Optimizer = Optimizer::Adam, Domain::Choice(Optimizer::WORDS), Optimizer, Restart, "", |_| true,
        "The rule that moves the weights.";
    lr: f32 = 0.003, real(0.000_01, 1.0, Logarithmic), Optimizer, Live, "", |_| true,
        "Learning rate: the size of a step.";
    momentum: f32 = 0.9, real(0.0, 0.99, Linear), Optimizer, Live, "", |config| config.optimizer == Optimizer::Sgd,
        "Momentum of SGD: how much of the last move is kept.";
    beta1: f32 = 0.9, real(0.0, 0.999, Linear), Optimizer, Live, "", |config| config.optimizer != Optimizer::Sgd,
        "Adam: how much of the running mean of gradients is kept; GANs are trained with less, 0.5 or 0.",
        symbol = "β₁";
    decay: f32 = 0.01, real(0.0, 1.0, Linear), Optimizer, Live, "", |config| config.optimizer == Optimizer::AdamW,
        "Weight decay of AdamW, per unit of learning rate.";

    seed: u32 = 7, whole(0, u32::MAX, Linear), Run, Restart, "", |_| true,
        "All chance in a run comes from this number: the same seed is the same run.";
}

/// Returns the parameter named `key`, or an error that suggests the most similar key.
pub fn find(key: &str) -> Result<&'static Parameter, ParameterError> {
    TABLE.iter().find(|parameter| parameter.key == key).ok_or_else(|| ParameterError::new(key, "", unknown_key(key)))
}

/// Returns the problem of a key that no parameter has: it suggests the most similar one.
pub fn unknown_key(key: &str) -> Problem {
    let nearest = TABLE.iter().map(|parameter| (edit_distance(key, parameter.key), parameter.key)).min();
    let nearest = nearest.filter(|(distance, known)| *distance <= known.len() / 2).map(|(_, known)| known);
    Problem::UnknownKey { nearest }
}

/// Returns the Levenshtein distance, in bytes, between `b` and the first 24 bytes of `a`.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b) = (&a.as_bytes()[..a.len().min(24)], b.as_bytes());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_lies_in_its_domain_and_reads_back() {
        for parameter in TABLE {
            let default = (parameter.default)();
            assert_eq!(parameter.domain.check(&default), Ok(()), "{}", parameter.key);
            assert_eq!(parameter.domain.parse(&default.to_string()), Ok(default.clone()), "{}", parameter.key);
            assert_eq!((parameter.get)(&Config::default()), default, "{}", parameter.key);
        }
    }

    #[test]
    fn setting_one_parameter_changes_that_one_only() {
        for parameter in TABLE {
            let mut config = Config::default();
            let other = match (parameter.domain, (parameter.default)()) {
                (Domain::Integer { min, max, .. }, Value::Integer(value)) => Value::Integer(if value == max { min } else { max }),
                (Domain::Real { min, max, .. }, Value::Real(value)) => Value::Real(if value == max { min } else { max }),
                (Domain::Choice(words), Value::Choice(word)) => {
                    Value::Choice(words.iter().find(|other| **other != word).expect("two words"))
                }
                (Domain::Points, _) => Value::Points("1,2,0~3,4,1".parse().expect("valid")),
                (Domain::Images, _) => Value::Images("0,0123456789abcdef~1,fedcba9876543210".parse().expect("valid")),
                (Domain::Layers, _) => Value::Layers(Layers::new(&[3]).expect("valid")),
                _ => unreachable!("a default of another kind"),
            };
            config.set(parameter, other).expect("in the domain");
            let changed: Vec<_> = config.differences(&Config::default()).map(|parameter| parameter.key).collect();
            assert_eq!(changed, [parameter.key]);
        }
    }

    #[test]
    fn switches_turn_on_what_zero_turns_off() {
        for parameter in TABLE {
            if let Zero::Off { strength } = parameter.zero {
                assert_eq!(parameter.domain.check(&Value::Real(0.0)), Ok(()), "{}", parameter.key);
                assert!(strength > 0.0 && parameter.domain.check(&Value::Real(strength)).is_ok(), "{}", parameter.key);
            }
        }
    }

    #[test]
    fn refusals_name_key_value_and_range() {
        let mut config = Config::default();
        let message = |config: &mut Config, key, text| config.set_text(key, text).expect_err("refused").to_string();
        assert_eq!(message(&mut config, "tau", "99"), "tau = \"99\": out of range: it takes a number from 0.01 to 10");
        assert_eq!(message(&mut config, "tau", "NaN"), "tau = \"NaN\": it takes a number from 0.01 to 10");
        assert_eq!(message(&mut config, "dim", "2.5"), "dim = \"2.5\": it takes a whole number from 2 to 16");
        assert_eq!(message(&mut config, "dim", "-1"), "dim = \"-1\": out of range: it takes a whole number from 2 to 16");
        assert_eq!(message(&mut config, "loss", "tripplet"), "loss = \"tripplet\": it takes one of triplet, infonce, alignuniform, siglip");
        assert_eq!(
            message(&mut config, "layers", "64,0"),
            "layers = \"64,0\": it takes 0 to 4 widths of 1 to 128 units, such as 64,64, or none"
        );
        assert_eq!(message(&mut config, "taw", "1"), "taw: there is no such parameter; did you mean tau?");
        let long = "1".repeat(65);
        let start = format!("\"{}…\": longer than 64 bytes: ", &long[..40]);
        assert_eq!(message(&mut config, "tau", long.as_str()), format!("tau = {start}it takes a number from 0.01 to 10"));
        assert_eq!(message(&mut config, "dim", long.as_str()), format!("dim = {start}it takes a whole number from 2 to 16"));
        assert_eq!(
            message(&mut config, "loss", long.as_str()),
            format!("loss = {start}it takes one of triplet, infonce, alignuniform, siglip")
        );
        assert_eq!(config, Config::default());
    }
}
