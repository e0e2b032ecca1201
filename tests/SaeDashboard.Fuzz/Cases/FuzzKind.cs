namespace SaeDashboard.Fuzz.Cases;

/// <summary>Which file of a model's folder a case alters.</summary>
internal enum FuzzKind
{
    Config,
    GenerationConfig,
    PreprocessorConfig,
    Tokenizer,
    Header,
    Index,
}
