using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Core.TorchFiles;
using SaeDashboard.Sae.Formats;

namespace SaeDashboard.Sae.Tests.Formats;

/// <summary>What a folder asks for and is not computed here is refused; the message names the file and the field.</summary>
public class FormatErrorTests
{
    private const string DictionaryTopK = "dictionary_learning/AutoEncoderTopK", Matryoshka = "dictionary_learning/MatryoshkaBatchTopKSAE";

    [Theory]
    [InlineData("sparsify/topk/layers.12", "activation", "\"batchtopk\"", "groupmax")]
    [InlineData("sparsify/topk/layers.12", "skip_connection", "true", "skip_connection")]
    [InlineData("sparsify/topk/layers.12", "transcode", "true", "transcoder")]
    [InlineData("sparsify/topk/layers.12", "signed", "true", "below zero")]
    [InlineData("sparsify/topk/layers.12", "k", "97", "\"k\"")]
    [InlineData("sparsify/topk/layers.12", "num_latents", "95", "[95, 24]")]
    [InlineData("sparsify/topk/layers.12", "d_in", "null", "\"d_in\" is missing")]
    [InlineData("sparsify/groupmax/layers.12", "k", "7", "groups")]
    [InlineData("saelens-v5/standard", "activation_fn_str", "\"tanh-relu\"", "activation_fn_str")]
    [InlineData("saelens-v5/standard", "hook_head_index", "3", "hook_head_index")]
    [InlineData("saelens-v5/standard", "hook_name", "\"blocks.3.attn.hook_z\"", "hook_name")]
    [InlineData("saelens-v5/topk", "activation_fn_kwargs", "{}", "activation_fn_kwargs.k")]
    [InlineData("saelens-v5/jumprelu", "activation_fn_str", "\"topk\"", "topk in a jumprelu SAE")]
    [InlineData("saelens-v6/topk", "metadata", "3", "\"metadata\" is 3: expected an object")]
    [InlineData(DictionaryTopK, "trainer.dict_class", "\"CrossCoder\"", "trainer.dict_class")]
    [InlineData(DictionaryTopK, "trainer.dict_class", "null", "trainer.dict_class")]
    [InlineData(DictionaryTopK, "trainer.dict_class", "\"AutoEncoder\"", "\"bias\"")]
    [InlineData(DictionaryTopK, "trainer.dict_class", "\"JumpReluAutoEncoder\"", "\"W_enc\"")]
    [InlineData(DictionaryTopK, "trainer.k", "9", "trainer.k")]
    [InlineData(DictionaryTopK, "trainer.activation_dim", "25", "trainer.activation_dim")]
    [InlineData(DictionaryTopK, "trainer.dict_size", "95", "trainer.dict_size")]
    [InlineData(Matryoshka, "trainer.k", "true", "trainer.k")]
    public void A_setting_that_is_not_read_here_is_refused_by_file_and_field(string name, string field, string value, string part)
    {
        using var folder = Copy(name);
        var path = folder.In(GoldenFolders.FormatOf(name).ConfigFile());
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        var place = field.StartsWith("trainer.", StringComparison.Ordinal) ? json["trainer"]! : json;
        place[field[(field.LastIndexOf('.') + 1)..]] = JsonNode.Parse(value);
        File.WriteAllText(path, json.ToJsonString());
        AssertRefused(folder.Path, part);
    }

    [Theory]
    [InlineData("{\"d_in\": 24, \"d_in\": 24}", "is duplicated")]
    [InlineData("[1]", "expected one JSON object, got [1]")]
    [InlineData("{\"d_in\": \"\\ud800\"}", "cfg.json")]
    public void A_configuration_that_is_none_is_refused(string text, string part)
    {
        using var folder = Copy("saelens-v6/topk");
        File.WriteAllText(folder.In("cfg.json"), text);
        AssertRefused(folder.Path, part);
    }

    [Fact]
    public void A_state_dict_that_does_not_fit_its_class_is_refused_by_tensor()
    {
        using var folder = Copy(Matryoshka);
        var tensors = Tensors(folder.In("ae.pt"));
        Save(tensors.Where(tensor => tensor.Name != "group_sizes"), "\"group_sizes\"");
        Save(tensors.Where(tensor => tensor.Name != "threshold"), "\"threshold\"");
        Save(tensors.Where(tensor => tensor.Name != "b_dec"), "\"b_dec\"");
        Save(tensors.Append(new TorchTensorData("W_skip", TensorDType.Float32, [1], [1], new byte[4])), "\"W_skip\"");
        Save(tensors.Select(tensor => tensor.Name == "k" ? Integers("k", -3) : tensor), "\"k\"");
        Save(tensors.Select(tensor => tensor.Name == "k" ? Integers("k", 8, 8) : tensor), "\"k\"");
        Save(tensors.Select(tensor => tensor.Name == "group_sizes" ? Integers("group_sizes", 90, 7) : tensor), "add up");
        Save(tensors.Select(tensor => tensor.Name == "b_enc" ? tensor with { Shape = [1, 96], Strides = [96, 1] } : tensor), "[1, 96]");
        Save(tensors.Select(tensor => tensor.Name == "b_enc" ? Integers("b_enc", new long[96]) : tensor), "floating");
        Save(tensors, null);

        void Save(IEnumerable<TorchTensorData> changed, string? part)
        {
            TorchFileWriter.Save(folder.In("ae.pt"), [.. changed]);
            if (part is null)
                SaeFolder.Load(folder.Path).Dispose();
            else
                AssertRefused(folder.Path, part);
        }
    }

    [Fact]
    public void A_TopK_state_dict_of_an_older_version_takes_k_from_the_configuration()
    {
        using var folder = Copy(DictionaryTopK);
        TorchFileWriter.Save(folder.In("ae.pt"), [.. Tensors(folder.In("ae.pt")).Where(tensor => tensor.Name is not ("k" or "threshold"))]);
        Assert.Equal(8, SaeFolders.Inspect(folder.Path).Config.K);
        Assert.Equal(SaeFolders.WeightsHash(TestFolders.Golden(DictionaryTopK)), SaeFolders.WeightsHash(folder.Path));
    }

    [Fact]
    public void A_scaling_factor_of_ones_is_passed_over_and_any_other_refused()
    {
        using var folder = Copy("saelens-v5/standard");
        var before = SaeFolders.WeightsHash(folder.Path);
        var factors = Enumerable.Repeat(1f, 96).ToArray();
        Write();
        Assert.Equal(before, SaeFolders.WeightsHash(folder.Path));
        factors[5] = 1.5f;
        Write();
        AssertRefused(folder.Path, "scaling_factor");

        void Write()
        {
            var writer = new SafetensorsWriter();
            writer.Add("scaling_factor", factors, 96);
            using (var file = SafetensorsFile.Open(Path.Combine(TestFolders.Golden("saelens-v5/standard"), "sae_weights.safetensors")))
            {
                foreach (var (name, entry) in file.Entries)
                    writer.Add(name, file.ReadFloat32(name), [.. entry.Shape]);
            }
            writer.Save(folder.In("sae_weights.safetensors"));
        }
    }

    [Fact]
    public void Folders_that_hold_no_SAE_or_two_say_so()
    {
        using var folder = Copy("sparsify/topk/layers.12");
        File.Copy(Path.Combine(TestFolders.Golden("saelens-v6/topk"), "sae_weights.safetensors"), folder.In("sae_weights.safetensors"));
        AssertRefused(folder.Path, "both sae_weights.safetensors and sae.safetensors");
        File.Delete(folder.In("sae_weights.safetensors"));
        File.Delete(folder.In("cfg.json"));
        AssertRefused(folder.Path, "no cfg.json");
        File.Delete(folder.In("sae.safetensors"));
        AssertRefused(folder.Path, "dictionary_learning (config.json, ae.pt)");
        AssertRefused(TestFolders.Golden("sparsify"), "no cfg.json");
        AssertRefused(TestFolders.Golden("sparsify/groupmax"), "layers.12");
        File.WriteAllText(folder.In("config.json"), "{}");
        File.WriteAllText(folder.In("status.json"), "{}");
        Directory.CreateDirectory(folder.In("checkpoints"));
        AssertRefused(folder.Path, "export-checkpoint --run-dir");
    }

    private static TestFolders.TemporaryFolder Copy(string name)
    {
        var folder = TestFolders.Temporary();
        foreach (var path in Directory.GetFiles(TestFolders.Golden(name)))
            File.Copy(path, folder.In(Path.GetFileName(path)));
        return folder;
    }

    private static List<TorchTensorData> Tensors(string path)
    {
        using var file = TorchFile.Open(path);
        return [.. file.Tensors.Select(entry => new TorchTensorData(entry.Key, entry.Value.DType, [.. entry.Value.Shape], [.. entry.Value.Strides], file.StorageBytes(entry.Value)))];
    }

    private static TorchTensorData Integers(string name, params long[] values) =>
        new(name, TensorDType.Int64, [values.Length], [1], MemoryMarshal.AsBytes<long>(values).ToArray());

    private static void AssertRefused(string folder, string part)
    {
        var message = Assert.Throws<UserException>(() => SaeFolder.Load(folder).Dispose()).Message;
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Contains(folder, message, StringComparison.Ordinal);
    }
}
