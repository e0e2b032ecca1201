using System.CommandLine;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Tensors;
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
    private readonly Option<string> codesOption = new("--codes") { Description = "Codes as JSON [codebooks][frames]", Required = true, HelpName = "JSON" };
    private readonly Option<string?> promptOption = new("--prompt") { Description = "Prompt (without it: the null condition)" };
    private readonly Option<string?> layersOption = new("--layers") { Description = "Layers to keep, for example 0,3 (default: all)", HelpName = "LIST" };
    private readonly Option<string> outOption = CommonOptions.Out("Safetensors file: resid_post.{i} [columns, width], logits [codebooks, columns, vocabulary], text");

    public TraceVerb() : base("trace", "Feeds codes through the decoder (teacher forcing with BOS and delay) and keeps the residual stream and logits.")
    {
        Options.Add(modelOption);
        Options.Add(codesOption);
        Options.Add(promptOption);
        Options.Add(layersOption);
        Options.Add(outOption);
        compute = new ComputeOptions(this);
    }

    public override VerbResult Run(VerbContext context)
    {
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        var layers = LayerList.Parse(context.Find(layersOption), model.Config.Decoder.Layers);
        var codes = CodeGrid.ReadJson(context.Get(codesOption));
        using var trace = new TeacherForcing(model).Trace(codes, context.Find(promptOption), layers);
        var writer = new SafetensorsWriter();
        foreach (var (layer, residual) in trace.Residuals) Add($"resid_post.{layer}", residual);
        Add("logits", trace.Logits);
        if (trace.Text is { } text) Add("text", text);
        writer.Save(context.Get(outOption));
        var columns = trace.Logits.shape[1];
        return new VerbResult(new { output = context.Get(outOption), columns, layers }, $"{context.Get(outOption)}: {columns} columns, layers {string.Join(", ", layers)}, logits");

        void Add(string name, Tensor tensor) => writer.Add(name, TensorData.ToArray(tensor), tensor.shape);
    }
}
