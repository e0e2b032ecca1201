using System.CommandLine;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.CommandLine;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>trace</c>: what the decoder computes when it is fed given codes.</summary>
internal sealed class TraceVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string> codesOption = new("--codes") { Description = "Codes as JSON [codebooks][frames]", Required = true, HelpName = "json" };
    private readonly Option<string?> promptOption = new("--prompt") { HelpName = "text", Description = "Prompt (without it: the null condition)" };
    private readonly Option<string?> melodyOption = new("--melody") { Description = "WAV file whose melody is followed (melody models only)", HelpName = "wav" };
    private readonly Option<string?> layersOption = new("--layers") { Description = "Layers to keep, for example 0,3 (default: all)", HelpName = "layers" };
    private readonly Option<string?> pointsOption = new("--points") { Description = $"Other points to keep, each under its name: layers.{{i}}.{string.Join('|', HookSite.LayerPoints)}, {HookSite.Embed}, {HookSite.FinalNorm}; for example layers.3.attn_out,embed", HelpName = "list" };
    private readonly Option<string> outOption = CommonOptions.Out("Safetensors file: resid_post.{i} [columns, width], points [columns, width], logits [codebooks, columns, vocabulary], text");

    public TraceVerb() : base("trace", "Feeds codes through the decoder (teacher forcing with BOS and delay) and keeps the residual stream and logits.",
        "trace --model demo/model --codes song.json --layers 0,3 --out trace.safetensors")
    {
        Options.Add(modelOption);
        Options.Add(codesOption);
        Options.Add(promptOption);
        Options.Add(melodyOption);
        Options.Add(layersOption);
        Options.Add(pointsOption);
        Options.Add(outOption);
        compute = new ComputeOptions(this);
    }

    public override VerbResult Run(VerbContext context)
    {
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        var layers = LayerList.Parse(context.Find(layersOption), model.Config.Decoder.Layers);
        var codes = CodeGrid.ReadJson(context.Get(codesOption));
        var melody = context.Find(melodyOption) is { } tune ? AudioInput.Melody(tune, model, context) : null;
        HookSite[] points = context.Find(pointsOption) is { } list ? [.. list.Split(',', StringSplitOptions.TrimEntries).Select(HookSite.Parse).Distinct()] : [];
        using var trace = new TeacherForcing(model).Trace(codes, context.Find(promptOption), layers, points, melody);
        var writer = new SafetensorsWriter();
        foreach (var (layer, residual) in trace.Residuals) Add($"resid_post.{layer}", residual);
        foreach (var (point, values) in trace.Points) Add(point.ToString(), values);
        Add("logits", trace.Logits);
        if (trace.Text is { } text) Add("text", text);
        writer.Save(context.Get(outOption));
        var columns = trace.Logits.shape[1];
        return new VerbResult(new { output = context.Get(outOption), columns, layers, points = points.Select(point => point.ToString()) }, $"{context.Get(outOption)}: {columns} columns, layers {string.Join(", ", layers)}, {string.Concat(points.Select(point => $"{point}, "))}logits");

        void Add(string name, Tensor tensor) => writer.Add(name, TensorData.ToArray(tensor), tensor.shape);
    }
}
