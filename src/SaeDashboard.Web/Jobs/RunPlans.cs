using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Jobs;

/// <summary>Where a planned run keeps things, and whether it may.</summary>
internal static class RunPlans
{
    public const string FileName = "config.json";

    /// <summary>
    /// Fills in the places that were left open. Runs with the same model, data, place, condition, split, clips and number type share
    /// activations: the folder is named by them.
    /// </summary>
    public static RunPlan Complete(RunPlan plan, DataRoot root)
    {
        plan = plan with { ModelPath = Path.GetFullPath(plan.ModelPath), DatasetPath = Path.GetFullPath(plan.DatasetPath), Device = ComputeNames.Normal(plan.Device) };
        if (plan.ActivationsPath.Length == 0 && plan.Kind == RunKind.Train)
        {
            var clips = plan.Clips?.ToString(CultureInfo.InvariantCulture) ?? "all";
            var what = string.Create(CultureInfo.InvariantCulture, $"{plan.ModelPath}\n{plan.DatasetPath}\n{plan.Layer}\n{plan.Condition}\n{plan.Split}\n{clips}");
            // Folders from before there was a choice keep their names.
            if (plan.Point != SaeHook.ResidualPost) what += $"\n{plan.Hook}";
            if (plan.ComputeType != ComputeNames.Float32) what += $"\n{plan.ComputeType}";
            var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what)))[..8];
            plan = plan with { ActivationsPath = Path.Combine(root.Activations, string.Create(CultureInfo.InvariantCulture, $"layer{plan.Layer}{(plan.Point == SaeHook.ResidualPost ? "" : $"-{plan.Point}")}-{clips}-{key}")) };
        }
        if (plan.SaePath.Length == 0) plan = plan with { SaePath = Path.Combine(root.Saes, Ids.New("sae")) };
        return plan;
    }

    /// <exception cref="UserException">A folder is missing, or outside the folders that the site may read.</exception>
    public static void RequireFolders(RunPlan plan, DataRoot root)
    {
        Require(plan.ModelPath, "config.json", "model");
        Require(plan.DatasetPath, "metadata.jsonl", "dataset");
        foreach (var path in new[] { plan.ActivationsPath, plan.SaePath })
        {
            if (path.Length > 0 && !root.Allows(path)) throw new UserException($"{path} is outside the data folder {root.Path}.");
        }

        void Require(string path, string file, string what)
        {
            if (!root.Allows(path)) throw new UserException($"The {what} {path} is outside {string.Join(" and ", root.AllowedRoots)}. Move it there.");
            if (!File.Exists(Path.Combine(path, file))) throw new UserException($"{path} isn't a {what}: it has no {file}.");
        }
    }
}
