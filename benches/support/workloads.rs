//! The methods that are measured, natively and in the page.

/// Names as in the peers' script, and the parameters that differ from the reference workload's.
pub const METHODS: [(&str, &str); 16] = [
    ("ntxent", ""),
    ("ntxent_head", "head=mlp"),
    ("dcl", "infonce=dcl"),
    ("alignuniform", "loss=alignuniform"),
    ("moco", "method=moco"),
    ("byol", "method=byol"),
    ("simsiam", "method=simsiam"),
    ("swav", "method=swav"),
    ("deepcluster", "method=deepcluster"),
    ("simcse", "positives=dropout&hidden_dropout=0.1&infonce=onesided"),
    ("barlow", "method=barlow"),
    ("vicreg", "method=vicreg"),
    ("autoencoder", "method=autoencoder&dim=2"),
    ("vae", "method=vae&dim=2"),
    ("gan", "method=gan&lr=0.001&beta1=0.5"),
    // An encoder 144-128-64-3 on images, with noise as augmentation.
    ("images", "data=shapes&layers=128,64&shift=0&crop=0&spin=0&grain=0.25"),
];
