using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

[assembly: System.Reflection.AssemblyVersion("1.0.0.0")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: LoadableClass("A saved centroid", typeof(GoldenTests.Worlds.ModelFileWorld.CentroidTransformer), null, typeof(SignatureLoadModel), "AcmeCentroid", "AcmeCentroid")]

namespace System.Runtime.CompilerServices
{
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName => assemblyName;
    }
}

namespace GoldenTests.Worlds
{
    public static partial class ModelFileWorld
    {
        private static MLContext ml => F.Ml;

        private static IDataView d => ml.Data.LoadFromEnumerable(Enumerable.Range(0, 6)
            .Select(i => new R { T = "t" + i % 3, V = new float[] { i, 2 * i }, A = i }).ToArray());

        private static IDataView dx => ml.Data.LoadFromEnumerable(Enumerable.Range(0, 6)
            .Select(i => new XRow { Kind = "xyz"[i % 3].ToString(), X = new[] { i % 3 * 2.5f, i % 2 * 10, i, 4 } }).ToArray());

        private static TransformerChain<ColumnConcatenatingTransformer> three => ml.Transforms.Conversion.MapValueToKey("Label", "T")
            .Append(ml.Transforms.NormalizeMinMax("N", "V")).Append(ml.Transforms.Concatenate("F", "N", "A")).Fit(d);

        private static string P(string name) => Path.Combine(Fx.Tmp, name);

        public static object Run(string title, JsonElement fact)
        {
            var t = TestData.Pipe(ml, new CentroidTrainer(ml)).Fit(dx);
            F.Log.Clear();
            ml.Model.Save(((IEnumerable<ITransformer>)t).ElementAt(2), dx.Schema, P("key.zip"));
            using var zip = ZipFile.OpenRead(P("key.zip"));
            var b = Bytes(zip.GetEntry("TransformerChain/Model.key"));
            string Version(int at) => BitConverter.ToUInt32(b, at).ToString("X8");
            string Ascii(int at, int length) => Encoding.ASCII.GetString(b, at, length);
            var name = BitConverter.ToInt64(b, 144);
            return new O
            {
                { "0 Signature (8 ascii)", Ascii(0, 8) }, { "8 VerWritten", Version(8) }, { "12 VerReadable", Version(12) },
                { "16 FpModel", BitConverter.ToInt64(b, 16) }, { "24 CbModel", BitConverter.ToInt64(b, 24) },
                { "32 FpStringTable", BitConverter.ToInt64(b, 32) }, { "40 CbStringTable", BitConverter.ToInt64(b, 40) },
                { "48 FpStringChars", BitConverter.ToInt64(b, 48) }, { "56 CbStringChars", BitConverter.ToInt64(b, 56) },
                { "64 ModelSignature (8 ascii)", Ascii(64, 8) }, { "72 ModelVerWritten", Version(72) }, { "76 ModelVerReadable", Version(76) },
                { "80 LoaderSignature (24 ascii)", Ascii(80, 24).TrimEnd('\0') }, { "104 LoaderSignatureAlt (24 ascii)", Ascii(104, 24).TrimEnd('\0') },
                { "128 FpTail", BitConverter.ToInt64(b, 128) }, { "136 FpLim", BitConverter.ToInt64(b, 136) }, { "144 FpAssemblyName", name },
                { "152 CbAssemblyName", BitConverter.ToInt32(b, 152) }, { "total length", b.Length },
                { "assembly name at FpAssemblyName (utf16)", Encoding.Unicode.GetString(b, (int)name, BitConverter.ToInt32(b, 152)) },
            };
        }

        private static object Entries(string path, bool details = false)
        {
            using var zip = ZipFile.OpenRead(path);
            return zip.Entries.Select(entry => Entry(entry, details)).ToList();
        }

        private static object Entry(ZipArchiveEntry entry, bool details)
        {
            var bytes = SignedName(Bytes(entry));
            var text = Encoding.Latin1.GetString(bytes);
            if (entry.FullName == "TrainingInfo/Version.txt" && Regex.IsMatch(text, @"^\d+\.\d+.*\n$"))
                text = "5.0.0+efefa92f4\n"; // the version of the build that was observed
            var fact = new O { { "path", entry.FullName }, { "length", text.Length } };
            if (!details)
                return fact;
            if (entry.FullName.EndsWith(".txt", StringComparison.Ordinal))
                return fact.With("text", text);
            return fact.With("firstBytesHex", Convert.ToHexString(bytes, 0, Math.Min(48, bytes.Length))).With("asciiStrings", Strings(bytes, text));
        }

        private static byte[] Bytes(ZipArchiveEntry entry)
        {
            using var stream = entry.Open();
            var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.ToArray();
        }

        /// <summary>Lengths contain assembly names, in UTF-16.</summary>
        private static byte[] SignedName(byte[] bytes)
        {
            var text = Encoding.Latin1.GetString(bytes);
            var name = Regex.Match(text, @"M\0i\0c\0r\0o\0s\0o\0f\0t\0\.\0M\0L\0(?:[\x20-\x7e]\0)*");
            if (!name.Success)
                return bytes;
            var observed = Fx.AsObserved(Encoding.Unicode.GetString(Encoding.Latin1.GetBytes(name.Value)));
            return Encoding.Latin1.GetBytes(text.Replace(name.Value, Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(observed))));
        }

        private static List<string> Strings(byte[] bytes, string text)
        {
            var strings = Regex.Matches(text, @"[\x20-\x7e]{6,}").Select(match => match.Value).Distinct().ToList();
            var wide = Regex.Match(text, @"(?:[\x20-\x7e]\0){8,}");
            if (wide.Success)
                strings.Add("utf16: " + Encoding.Unicode.GetString(Encoding.Latin1.GetBytes(wide.Value)));
            return strings;
        }

        public class XRow
        {
            public string Kind { get; set; }

            [VectorType(4)]
            public float[] X { get; set; }
        }

        public static class TestData
        {
            public static EstimatorChain<KeyToValueMappingTransformer> Pipe(MLContext ml, CentroidTrainer trainer) => ml.Transforms.NormalizeMinMax("Features", "X")
                .Append(ml.Transforms.Conversion.MapValueToKey("Label", "Kind")).Append(trainer)
                .Append(ml.Transforms.Conversion.MapKeyToValue("Out", "PredictedLabel"));
        }

        public class CentroidTrainer(MLContext ml) : GoldenTests.CentroidTrainer(ml)
        {
            public override GoldenTests.CentroidTransformer Fit(IDataView input)
            {
                using (var channel = ((IHostEnvironment)Context).Register("AcmeCentroid").Start("Training"))
                    channel.Warning(MessageSensitivity.None, "a warning");
                return base.Fit(input);
            }

            protected override GoldenTests.CentroidTransformer Create(float[][] means, string[] names) => new CentroidTransformer(means, names);
        }

        public class CentroidTransformer(float[][] means, string[] names) : GoldenTests.CentroidTransformer(means, names)
        {
            private static VersionInfo Version => new("ACMECENT", 0x00010001, 0x00010001, 0x00010001, typeof(CentroidTransformer).Assembly.FullName, "AcmeCentroid");

            public override void Save(ModelSaveContext ctx)
            {
                ctx.CheckAtModel();
                ctx.SetVersionInfo(Version);
                ctx.Writer.Write(Names.Length);
                ctx.SaveBinaryStream("Weights.bin", writer =>
                {
                    foreach (var column in new[] { "Features", "Label", "Score", "PredictedLabel" })
                        writer.Write(column);
                    writer.Write(Names.Length);
                    writer.Write(Means[0].Length);
                    foreach (var value in Means.SelectMany(mean => mean))
                        writer.Write(value);
                    writer.Write(true);
                    foreach (var name in Names)
                        writer.Write(name);
                });
            }

            private static CentroidTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
            {
                ctx.CheckAtModel(Version);
                CentroidTransformer loaded = null;
                var names = new string[ctx.Reader.ReadInt32()];
                if (!ctx.TryLoadBinaryStream("Weights.bin", reader =>
                {
                    for (var column = 0; column < 4; column++)
                        reader.ReadString();
                    var means = new float[reader.ReadInt32()][];
                    var size = reader.ReadInt32();
                    for (var i = 0; i < means.Length; i++)
                        means[i] = Enumerable.Range(0, size).Select(_ => reader.ReadSingle()).ToArray();
                    reader.ReadBoolean();
                    for (var i = 0; i < names.Length; i++)
                        names[i] = reader.ReadString();
                    loaded = new CentroidTransformer(means, names);
                }))
                    throw new InvalidDataException("Weights.bin is missing.");
                return loaded;
            }
        }
    }
}
