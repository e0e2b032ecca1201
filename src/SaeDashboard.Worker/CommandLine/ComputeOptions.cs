using System.CommandLine;
using SaeDashboard.MusicGen;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>The two options that say how a model computes, as one verb's.</summary>
internal sealed class ComputeOptions
{
    private readonly Option<string> typeOption = CommonOptions.DType();
    private readonly Option<string> deviceOption = CommonOptions.Device();

    public ComputeOptions(Command verb)
    {
        verb.Options.Add(typeOption);
        verb.Options.Add(deviceOption);
    }

    /// <exception cref="Core.UserException">There is no such device.</exception>
    public ModelOptions Read(VerbContext context) =>
        new(ModelOptions.ParseType(context.Get(typeOption)), ComputeDevice.Parse(context.Get(deviceOption)));
}
