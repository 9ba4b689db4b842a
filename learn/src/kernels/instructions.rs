//! The vector instructions that the kernels are run with.
//!
//! Every set of instructions gives the same bits: a vector has eight lanes with each of them, and our own code fixes the order of
//! every operation between lanes.

use fearless_simd::Level;

/// The token of the instructions that every machine of the compilation target has.
#[cfg(target_arch = "x86_64")]
type Baseline = fearless_simd::x86::Sse2;
#[cfg(target_arch = "aarch64")]
type Baseline = fearless_simd::aarch64::Neon;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
type Baseline = fearless_simd::wasm32::WasmSimd128;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", all(target_arch = "wasm32", target_feature = "simd128"))))]
type Baseline = fearless_simd::Fallback;

/// A set of vector instructions to run the kernels with. The default is [`Instructions::best`].
#[derive(Clone, Copy, Debug)]
pub struct Instructions(pub(crate) Kind);

/// The sets of instructions that the kernels are compiled for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// AVX2, with registers of 256 bits.
    #[cfg(target_arch = "x86_64")]
    Avx2(fearless_simd::x86::Avx2),
    /// The instructions that every machine of the target has: registers of 128 bits, or no vector instructions.
    Baseline(Baseline),
}

impl Instructions {
    /// Returns the widest instructions that this machine has and the kernels are compiled for.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Level::new().as_avx2() {
            return Self(Kind::Avx2(avx2));
        }
        Self::baseline()
    }

    /// Returns the instructions that every machine of the compilation target has.
    ///
    /// # Panics
    ///
    /// Never: the compilation target guarantees these instructions.
    pub fn baseline() -> Self {
        let level = Level::baseline();
        #[cfg(target_arch = "x86_64")]
        let token = level.as_sse2();
        #[cfg(target_arch = "aarch64")]
        let token = level.as_neon();
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        let token = level.as_wasm_simd128();
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", all(target_arch = "wasm32", target_feature = "simd128"))))]
        let token = Some(level).map(|level| match level {
            Level::Fallback(fallback) => fallback,
            _ => unreachable!("no other level is compiled in"),
        });
        Self(Kind::Baseline(token.expect("the compiler takes these instructions for granted")))
    }

    /// Returns the name of the instructions, such as "AVX2".
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(_) => "AVX2",
            Kind::Baseline(_) if cfg!(target_arch = "x86_64") => "SSE2",
            Kind::Baseline(_) if cfg!(target_arch = "aarch64") => "Neon",
            Kind::Baseline(_) if cfg!(target_arch = "wasm32") => "wasm simd128",
            Kind::Baseline(_) => "scalar",
        }
    }
}

impl Default for Instructions {
    fn default() -> Self {
        Self::best()
    }
}

/// Compiles `$run` once for each set of instructions and runs the version for `$vectors`. `$simd` names that set's token in `$run`.
macro_rules! with_instructions {
    ($vectors:expr, $simd:ident => $run:expr) => {
        match $vectors.0 {
            #[cfg(target_arch = "x86_64")]
            $crate::kernels::instructions::Kind::Avx2($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $run,
            ),
            $crate::kernels::instructions::Kind::Baseline($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $run,
            ),
        }
    };
}
pub(crate) use with_instructions;
