//! The methods that are measured, natively and in the page.

/// Names as in the peers' script, and the parameters that differ from the reference workload's.
pub const METHODS: [(&str, &str); 12] = [
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
];
