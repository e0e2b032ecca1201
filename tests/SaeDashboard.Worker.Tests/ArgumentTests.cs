namespace SaeDashboard.Worker.Tests;

/// <summary>Help and bad arguments: exit codes 0 and 2, nothing written.</summary>
public sealed class ArgumentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Help_goes_to_standard_output_and_ends_with_0()
    {
        var outcome = WorkerProcess.Run(folder.Path, "generate", "--help");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("Usage:\n  SaeDashboard.Worker generate [options]", outcome.Output, StringComparison.Ordinal);
        Assert.Empty(outcome.Error);
    }

    [Theory]
    [InlineData("Required command was not provided")]
    [InlineData("'sing'", "sing")]
    [InlineData("--out", "generate", "--model", "m")]
    [InlineData("--seconds is -1", "generate", "--model", "m", "--out", "x.wav", "--seconds", "-1")]
    [InlineData("SAE_FOLDER:FEATURE=STRENGTH", "generate", "--model", "m", "--out", "x.wav", "--steer", "sae:twelve=1")]
    [InlineData("give --steer too", "generate", "--model", "m", "--out", "x.wav", "--baseline", "y.wav")]
    [InlineData("--sae names an SAE of a take: give --take too", "generate", "--model", "m", "--out", "x.wav", "--sae", "s")]
    [InlineData("--continue or --continue-codes, not both", "generate", "--model", "m", "--out", "x.wav", "--continue", "a.wav", "--continue-codes", "a.json")]
    [InlineData("Cannot parse", "generate", "--model", "m", "--out", "x.wav", "--seed", "-5")]
    [InlineData("--codes, --preset", "decode", "--model", "m", "--out", "x.wav")]
    [InlineData("either --text or --file", "tokenize", "--model", "m")]
    [InlineData("caption", "collect", "--model", "m", "--dataset", "d", "--out", "o", "--condition", "maybe")]
    [InlineData("--threads is 0", "info", "--model", "m", "--threads", "0")]
    [InlineData("saelens", "convert", "--from", "a", "--to", "b", "--format", "onnx")]
    [InlineData("--ground-truth", "evaluate", "--model", "m", "--sae", "s", "--dataset", "d", "--baselines", "b.json")]
    [InlineData("--choose-on is for --ground-truth", "evaluate", "--model", "m", "--sae", "s", "--dataset", "d", "--choose-on", "sae-train")]
    [InlineData("--seconds is 2,5: expected a number with a decimal point", "generate", "--model", "m", "--out", "o", "--seconds", "2,5")]
    [InlineData("--stride is NaN: expected a number", "generate", "--model", "m", "--out", "o", "--stride", "NaN")]
    [InlineData("--temperature is 1e999: expected a number", "generate", "--model", "m", "--out", "o", "--temperature", "1e999")]
    [InlineData("SAE_FOLDER:FEATURE=STRENGTH", "generate", "--model", "m", "--out", "o", "--steer", "sae:1=0,5")]
    [InlineData("64,5", "generate", "--model", "m", "--out", "o", "--top-k", "64,5")]
    [InlineData("--guidance is 1,000: expected a number", "generate", "--model", "m", "--out", "o", "--guidance", "1,000")]
    [InlineData("--model needs --dataset", "train", "--model", "m", "--run-dir", "r")]
    [InlineData("the one or the other", "train", "--activations", "a", "--model", "m", "--dataset", "d", "--run-dir", "r")]
    [InlineData("one of --config", "train", "--activations", "a", "--config", "c", "--grid", "g", "--run-dir", "r")]
    [InlineData("'--activations' is required", "train", "--run-dir", "r")]
    [InlineData("Give what to measure", "steering", "--model", "m", "--sae", "s")]
    public void Bad_arguments_end_with_2(string said, params string[] arguments)
    {
        var outcome = WorkerProcess.Run(folder.Path, arguments);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(said, outcome.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    public static TheoryData<string, string> VerbsWithMissingInput => new()
    {
        { "info", "--model gone" },
        { "generate", "--model gone --out x.wav" },
        { "encode", "--model gone --audio gone.wav --codes x.json" },
        { "decode", "--model gone --codes gone.json --out x.wav" },
        { "tokenize", "--tokenizer gone.json --text hello" },
        { "trace", "--model gone --codes gone.json --out x.safetensors" },
        { "collect", "--model gone --dataset gone --out x" },
        { "train", "--activations gone --run-dir run" },
        { "index", "--sae gone --model gone --dataset gone" },
        { "features", "--sae gone --dataset gone" },
        { "evaluate", "--sae gone --model gone --dataset gone" },
        { "steering", "--model gone --sae gone --feature 1" },
        { "sae-forward", "--sae gone --vectors gone.safetensors --out x.safetensors" },
        { "convert", "--from gone --to x --format sparsify" },
        { "redraw", "--model gone --out x" },
    };

    [Theory]
    [MemberData(nameof(VerbsWithMissingInput))]
    public void A_verb_without_its_input_ends_with_1_and_without_its_options_with_2(string verb, string arguments)
    {
        var missing = WorkerProcess.Run(folder.Path, [verb, .. arguments.Split(' ')]);
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("gone", missing.Error, StringComparison.Ordinal);
        Assert.Empty(missing.Output);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(folder.Path), path => Path.GetFileName(path).StartsWith('x'));

        Assert.Equal(2, WorkerProcess.Run(folder.Path, verb).ExitCode);
    }
}
